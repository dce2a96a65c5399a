-- Why one known name settles an address: docs/decisions/0062-an-address-of-several-readings-is-settled-by-names.md
with

held as (

    select * from {{ ref('int_address_readings__held') }}

),

inventory as (

    select * from {{ ref('int_inventory__known') }}

),

possible as (

    -- A name that may have been held, as far as clocks can tell.
    select
        *,
        {{ seconds_from('held_from', '-' ~ var('clock_uncertainty_seconds')) }} as possible_from,
        {{ seconds_from('held_to', var('clock_uncertainty_seconds')) }} as possible_to
    from held

),

bounds as (

    select
        delivery_readings,
        possible_from as bound_at
    from possible

    union

    select
        delivery_readings,
        possible_to as bound_at
    from possible

),

stretches as (

    select
        delivery_readings,
        bound_at as settled_from,
        lead(bound_at) over (partition by delivery_readings order by bound_at asc nulls last) as settled_to
    from bounds

),

read_one_way as (

    -- Of a stretch in which names of one reading alone may have been held all columns of the reading are the same.
    select
        stretches.delivery_readings,
        stretches.settled_from,
        stretches.settled_to,
        min(possible.public_id) as public_id,
        min(possible.transformation) as transformation,
        min(possible.format_code) as format_code
    from stretches
    inner join possible
        on
            stretches.delivery_readings = possible.delivery_readings
            and stretches.settled_from >= possible.possible_from
            and stretches.settled_to <= possible.possible_to
    group by stretches.delivery_readings, stretches.settled_from, stretches.settled_to
    having min(possible.reading_number) = max(possible.reading_number)

)

-- That the other readings name nothing is known only where all names are.
select
    {{ surrogate_key(['read_one_way.delivery_readings', 'read_one_way.settled_from']) }} as settled_address_key,
    read_one_way.delivery_readings,
    read_one_way.public_id,
    read_one_way.transformation,
    read_one_way.format_code,
    read_one_way.settled_from,
    least(read_one_way.settled_to, inventory.known_to) as settled_to
from read_one_way
inner join inventory
    on read_one_way.settled_from < inventory.known_to

with

renderings as (

    select * from {{ ref('stg_exstream__renderings') }}
    where has_selection

),

communications as (

    select * from {{ ref('stg_exstream__communications') }}

),

candidates as (

    select * from {{ ref('int_selection_candidates__resolved') }}

),

justified_uses as (

    select * from {{ ref('int_asset_uses__justified') }}
    where selection_key is not null

),

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

verdicts as (

    select * from {{ ref('verdicts') }}

),

campaign_windows as (

    select * from {{ ref('campaign_windows') }}

),

campaigns as (

    select distinct campaign_code from campaign_windows

),

decisions as (

    select
        renderings.*,
        {{ surrogate_key(["'selection'", 'renderings.rendering_key']) }} as selection_key,
        communications.segment_code,
        communications.jurisdiction_code,
        communications.document_type,
        communications.generated_at,
        renderings.has_conflicts or coalesce(communications.has_conflicts, false) as has_contradictions
    from renderings
    left join communications
        on renderings.communication_key = communications.communication_key

),

windows as (

    select
        decisions.selection_key,
        bool_or(
            decisions.generated_at >= campaign_windows.window_from
            and decisions.generated_at < campaign_windows.window_to
        ) as is_in_window
    from decisions
    inner join campaign_windows
        on
            decisions.campaign_code = campaign_windows.campaign_code
            and (
                campaign_windows.jurisdiction_code = '*'
                or decisions.jurisdiction_code = campaign_windows.jurisdiction_code
            )
    group by decisions.selection_key

),

candidate_counts as (

    select
        selection_key,
        count(case when ordinal > 0 then 1 end) as candidate_count,
        bool_or(is_chosen and ordinal > 0) as is_chosen_among_candidates,
        min(case when is_chosen then asset_id_cloudinary end) as chosen_asset_id
    from candidates
    group by selection_key

),

ranked_uses as (

    -- Where a rendering carries the chosen asset several times, its worst verdict counts.
    select
        justified_uses.selection_key,
        asset_uses.asset_use_key,
        asset_uses.asset_id_cloudinary,
        asset_uses.verdict,
        asset_uses.verdict_reason,
        row_number() over (
            partition by justified_uses.selection_key
            order by verdicts.severity_rank asc nulls last, asset_uses.asset_use_key asc nulls last
        ) as use_number
    from justified_uses
    inner join asset_uses
        on justified_uses.asset_use_key = asset_uses.asset_use_key
    inner join verdicts
        on asset_uses.verdict = verdicts.verdict

)

select
    cast(decisions.selection_key as {{ text_type() }}) as selection_key,
    cast(decisions.rendering_key as {{ text_type() }}) as rendering_key,
    cast(decisions.communication_key as {{ text_type() }}) as communication_key,
    cast(ranked_uses.asset_use_key as {{ text_type() }}) as asset_use_key,
    cast(
        case
            when coalesce(ranked_uses.asset_id_cloudinary, candidate_counts.chosen_asset_id) is not null
                then
                    {{ surrogate_key([
                        'coalesce(ranked_uses.asset_id_cloudinary, candidate_counts.chosen_asset_id)'
                    ]) }}
        end as {{ text_type() }}
    ) as asset_key,
    cast(
        coalesce(
            decisions.selection_id_exstream,
            decisions.communication_id_exstream || '/' || decisions.rendering_id_exstream || '/selection'
        ) as {{ text_type() }}
    ) as selection_id_exstream,
    cast(decisions.selection_rule_name as {{ text_type() }}) as selection_rule_name,
    cast(decisions.selection_event_code as {{ text_type() }}) as selection_event_code,
    cast(decisions.selection_inputs_json as {{ text_type() }}) as selection_inputs_json,
    cast(decisions.chosen_reference as {{ text_type() }}) as chosen_reference,
    cast(decisions.campaign_code as {{ text_type() }}) as campaign_code,
    cast(decisions.channel_code as {{ text_type() }}) as channel_code,
    cast(decisions.document_type as {{ text_type() }}) as document_type,
    cast(decisions.segment_code as {{ text_type() }}) as segment_code,
    cast(decisions.jurisdiction_code as {{ text_type() }}) as jurisdiction_code,
    cast(ranked_uses.verdict as {{ text_type() }}) as verdict,
    cast(ranked_uses.verdict_reason as {{ text_type() }}) as verdict_reason,
    cast(
        case
            when decisions.has_contradictions then 'conflicting_records'
            when decisions.generated_at is null then 'instant_unknown'
            when decisions.campaign_code is null then 'no_campaign'
            when campaigns.campaign_code is null then 'campaign_not_planned'
            when windows.selection_key is null then 'campaign_not_in_region'
            when not windows.is_in_window then 'outside_campaign_window'
            else 'in_campaign'
        end as {{ text_type() }}
    ) as campaign_reason,
    cast(coalesce(candidate_counts.candidate_count, 0) as bigint) as candidate_count,
    cast(coalesce(candidate_counts.is_chosen_among_candidates, false) as boolean) as is_chosen_among_candidates,
    cast(decisions.generated_at as {{ instant_type() }}) as generated_at,
    cast(decisions._log_index as bigint) as _log_index
from decisions
left join campaigns
    on decisions.campaign_code = campaigns.campaign_code
left join windows
    on decisions.selection_key = windows.selection_key
left join candidate_counts
    on decisions.selection_key = candidate_counts.selection_key
left join ranked_uses
    on
        decisions.selection_key = ranked_uses.selection_key
        and ranked_uses.use_number = 1

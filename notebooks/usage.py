"""A starter for analysts: opens the current snapshot and draws how assets are used over time.

    marimo edit notebooks/usage.py            # in a browser, cell by cell
    python notebooks/usage.py                 # without one: prints the figures

The snapshot is found by the settings, like by every command. It is opened read-only and never changes; the next publish
is another file.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Asset usage over time")


@app.cell
def opening():
    import altair as alt
    import marimo as mo
    import polars as pl

    from assettrail.settings import load_settings
    from publish.reading import connect, current_snapshot

    snapshot = current_snapshot(load_settings().home)
    connection = connect(snapshot)
    mo.md(f"# Asset usage over time\n\nSnapshot `{snapshot.name}`, data until {snapshot.manifest['data_until']}.")
    return alt, connection, mo, pl, snapshot


@app.cell
def weekly(connection):
    weeks = connection.sql(
        """
        select
            cast(date_trunc('week', generated_at) as date) as week,
            channel_code,
            case
                when verdict in ('PROVEN', 'PROVEN_LATE') then 'proven'
                when verdict in ('NO_EVIDENCE', 'AMBIGUOUS') then 'cannot be told'
                else 'not in order'
            end as standing,
            count(*) as use_count
        from marts.fct_asset_uses
        where generated_at is not null
        group by all
        order by all
        """
    ).pl()
    return (weeks,)


@app.cell
def usage_chart(alt, mo, pl, weeks):
    usage = (
        alt.Chart(weeks.group_by("week", "standing").agg(pl.sum("use_count")).sort("week", "standing"))
        .mark_bar()
        .encode(
            x=alt.X("week:T", title="week (UTC, from Monday)"),
            y=alt.Y("use_count:Q", title="asset uses"),
            color=alt.Color("standing:N", sort=["proven", "cannot be told", "not in order"], title="standing"),
        )
        .properties(width=640, height=260)
    )
    mo.ui.altair_chart(usage)
    return (usage,)


@app.cell
def channel_chart(alt, mo, pl, weeks):
    channels = (
        alt.Chart(weeks.group_by("week", "channel_code").agg(pl.sum("use_count")).sort("week", "channel_code"))
        .mark_line(point=True)
        .encode(
            x=alt.X("week:T", title="week (UTC, from Monday)"),
            y=alt.Y("use_count:Q", title="asset uses"),
            color=alt.Color("channel_code:N", title="channel"),
        )
        .properties(width=640, height=260)
    )
    mo.ui.altair_chart(channels)
    return (channels,)


@app.cell
def figures(connection, mo):
    totals = connection.sql(
        """
        select
            count(*) as use_count,
            count(distinct communication_key) as communication_count,
            count(distinct asset_key) as asset_count
        from marts.fct_asset_uses
        """
    ).pl()
    print(totals)
    mo.ui.table(totals)
    return (totals,)


if __name__ == "__main__":
    app.run()

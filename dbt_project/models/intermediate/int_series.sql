-- Values whose label and unit the seed `indicator_series` takes to a measure, with that row's
-- rule. Labels that the seed knows but takes nowhere (measure empty, with a reason) end here.
with

figures as (

    select * from {{ ref('int_figures') }}

),

indicators as (

    select * from {{ ref('indicator_series') }}
    where measure is not null

),

measures as (

    select * from {{ ref('measures') }}

),

units as (

    select * from {{ ref('units') }}

),

joined as (

    select
        {{ printed_figure('figures') }},
        figures.value as value_as_printed,
        case
            when figures.status = 'official' then indicators.status
            else figures.status
        end as status,
        figures.quality,
        figures.file,
        figures.sha256,
        figures.location,
        figures.note,
        indicators.measure,
        indicators.series_priority,
        units.dimension as unit_dimension,
        units.multiple as unit_multiple,
        measures.dimension as measure_dimension,
        measures.multiple as measure_multiple
    from figures
    inner join indicators
        on
            figures.source = indicators.source
            and figures.indicator_label = indicators.indicator_label
            and figures.unit = indicators.unit
            and figures.year between indicators.valid_from and indicators.valid_to
    inner join measures on indicators.measure = measures.measure
    inner join units on figures.unit = units.unit

)

select * from joined

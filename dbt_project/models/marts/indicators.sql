-- One row for each measure of the panel: its definition and the coverage of its values.
with

measures as (

    select * from {{ ref('measures') }}
    where in_panel

),

coverage as (

    select
        measure,
        min(year) as first_year,
        max(year) as last_year,
        count(*) as n_cells
    from {{ ref('observations') }}
    group by measure

),

sources as (

    select distinct
        measure,
        source
    from {{ ref('observations') }}

),

source_lists as (

    select
        measure,
        {{ dbt.listagg('source', "', '", 'order by source') }} as sources
    from sources
    group by measure

)

select
    measures.measure,
    measures.title,
    measures.unit,
    measures.concept,
    measures.proxy_for,
    measures.description,
    coverage.first_year,
    coverage.last_year,
    cast(coalesce(coverage.n_cells, 0) as {{ dbt.type_int() }}) as n_cells,
    source_lists.sources
from measures
left join coverage on measures.measure = coverage.measure
left join source_lists on measures.measure = source_lists.measure
order by measures.concept, measures.measure

{#- Each edition has the values that the seed `expected_coverage` lists for it. An edition without
    lines in the seed needs, for each series that it prints, every province that the edition before
    has in the series' last year, in any unit. A series that came in a withdrawn file alone is not
    missing: the variable `withdrawn_editions` lists its edition. Returns the missing cells.

    The warehouse does not know whether a missing edition was held back or withdrawn. The test counts
    it as missing only with the variable `require_all_editions`. -#}
{% test expected_coverage(model) %}
with

figures as (

    select distinct source, edition, indicator_label, unit, province_code, year
    from {{ model }}

),

editions as (

    select distinct source, edition from figures

),

coverage as (

    select * from {{ ref('expected_coverage') }}
    where root = '{{ var("coverage_root") }}'

),

years as (

    {{ years_between(1900, 2100) }}

),

places as (

    select
        province_code,
        'province' as scope
    from {{ ref('regions') }}
    union all
    select
        '000000' as province_code,
        'national' as scope

),

written as (

    select
        coverage.source,
        coverage.edition,
        coverage.indicator_label,
        coverage.unit,
        places.province_code,
        years.year,
        'seeds/expected_coverage.csv' as expected_by
    from coverage
    inner join years on years.year between coverage.first_year and coverage.last_year
    inner join places on coverage.scope = places.scope
    left join editions
        on coverage.source = editions.source and coverage.edition = editions.edition
    where
        ' ' || coalesce(coverage.missing_provinces, '') || ' '
        not like '% ' || places.province_code || ' %'
        and (
            editions.edition is not null
            {%- if var('require_all_editions') and var('as_of_date') is none %}
            or {{ known_as_of('coverage.edition', "''") }}
            {%- endif %}
        )

),

unwritten_editions as (

    select editions.*
    from editions
    where
        editions.source in (select coverage.source from coverage)
        and not exists (
            select 1 from coverage
            where coverage.source = editions.source and coverage.edition = editions.edition
        )

),

-- of each series and edition, its last year in any unit, with one of the units of that year
series_years as (

    select source, edition, indicator_label, max(year) as year
    from figures
    group by source, edition, indicator_label

),

last_years as (

    select
        series_years.source,
        series_years.edition,
        series_years.indicator_label,
        series_years.year,
        min(figures.unit) as unit
    from series_years
    inner join figures
        on
            series_years.source = figures.source
            and series_years.edition = figures.edition
            and series_years.indicator_label = figures.indicator_label
            and series_years.year = figures.year
    group by
        series_years.source, series_years.edition,
        series_years.indicator_label, series_years.year

),

predecessors as (

    select
        last_years.source,
        last_years.indicator_label,
        last_years.edition,
        last_years.unit,
        last_years.year,
        max(earlier.edition) as earlier_edition
    from last_years
    inner join unwritten_editions
        on
            last_years.source = unwritten_editions.source
            and last_years.edition = unwritten_editions.edition
    inner join last_years as earlier
        on
            last_years.source = earlier.source
            and last_years.indicator_label = earlier.indicator_label
            and last_years.edition > earlier.edition
    group by
        last_years.source, last_years.indicator_label, last_years.edition,
        last_years.unit, last_years.year

),

carried_over as (

    select
        predecessors.source,
        predecessors.edition,
        predecessors.indicator_label,
        predecessors.unit,
        figures.province_code,
        predecessors.year,
        'edition ' || cast(predecessors.earlier_edition as {{ dbt.type_string() }}) as expected_by
    from predecessors
    inner join last_years
        on
            predecessors.source = last_years.source
            and predecessors.earlier_edition = last_years.edition
            and predecessors.indicator_label = last_years.indicator_label
    inner join figures
        on
            last_years.source = figures.source
            and last_years.edition = figures.edition
            and last_years.indicator_label = figures.indicator_label
            and last_years.year = figures.year

),

missing as (

    select written.*
    from written
    left join figures
        on
            {{ same_figure('written', 'figures') }}
    where
        figures.source is null
        {%- for name in var('withdrawn_editions') %}
        and not (
            concat(written.source, '/', cast(written.edition as {{ dbt.type_string() }})) = '{{ name }}'
            and not exists (
                select 1 from figures as others
                where
                    others.source = written.source
                    and others.edition = written.edition
                    and others.indicator_label = written.indicator_label
            )
        )
        {%- endfor %}
    union all
    select distinct carried_over.*
    from carried_over
    left join figures
        on
            carried_over.source = figures.source
            and carried_over.edition = figures.edition
            and carried_over.indicator_label = figures.indicator_label
            and carried_over.province_code = figures.province_code
            and carried_over.year = figures.year
    where figures.source is null

)

select
    missing.*,
    'land the values, or write the gap into seeds/expected_coverage.csv' as remedy
from missing
{% endtest %}

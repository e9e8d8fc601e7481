-- Every candidate for a cell in the measure's own unit and currency.
-- Dollars become yuan by the year's average rate; a year without a rate leaves the value empty.
with

series as (

    select * from {{ ref('int_series') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

schooling as (

    select
        province_code,
        year,
        'schooling_years' as measure,
        value,
        source,
        edition,
        vintage,
        file,
        sha256,
        location,
        '6岁及6岁以上人口数' as indicator_label,
        '人' as unit,
        '' as value_printed,
        status,
        quality,
        'mean of attainment_weights over the counts of attainment' as note,
        -- an average that is printed wins over one that is computed
        2 as series_priority,
        1.0 as unit_multiple
    from {{ ref('int_attainment') }}

),

with_rate as (

    select
        series.*,
        {{ rescaled('series.value_as_printed', 'series.unit_multiple', 'series.measure_multiple') }}
            as rescaled_value,
        series.unit_dimension = 'usd' and series.measure_dimension = 'cny' as is_converted,
        rates.cny_per_usd,
        rates.quality as rate_quality,
        rates.status as rate_status
    from series
    left join rates on series.year = rates.year

),

converted as (

    select
        province_code,
        year,
        measure,
        case
            when is_converted then rescaled_value * cny_per_usd
            when unit_dimension = measure_dimension then rescaled_value
        end as value,
        {{ printed_place() }},
        case
            when not is_converted then status
            when status = 'simulated' or rate_status = 'simulated' then 'simulated'
            else 'derived'
        end as status,
        case
            when is_converted and cny_per_usd is not null
                then {{ lower_quality('quality', 'rate_quality') }}
            else quality
        end as quality,
        case
            when is_converted and cny_per_usd is not null
                then
                    coalesce(note || '; ', '') || 'converted at '
                    || cast(cny_per_usd as {{ dbt.type_string() }}) || ' yuan per dollar'
            else note
        end as note,
        series_priority,
        unit_multiple
    from with_rate

)

select * from converted
union all
select * from schooling

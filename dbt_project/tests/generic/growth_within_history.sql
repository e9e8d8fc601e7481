{#- A province's yearly log change lies near the other changes of its series.

    The distance from the province's median change may be `spread` robust standard deviations
    (1.4826 MAD), at least `floor_ratio` and at most `cap_ratio` as a factor. Series with fewer than
    five changes are compared with all provinces' changes of the measure. If these are few too, the
    comparison is with no change. The seed `growth_exceptions` lists reviewed jumps. -#}
{% test growth_within_history(model, spread=8, floor_ratio=4, cap_ratio=100) %}
with

ordered as (

    select
        measure,
        province_code,
        year,
        value,
        edition,
        source,
        file,
        location,
        value_printed,
        vintage,
        lag(value) over by_year as earlier_value,
        lag(year) over by_year as earlier_year,
        lag(source) over by_year as earlier_source,
        lag(edition) over by_year as earlier_edition,
        lag(vintage) over by_year as earlier_vintage,
        lag(file) over by_year as earlier_file,
        lag(location) over by_year as earlier_location,
        lag(value_printed) over by_year as earlier_value_printed
    from {{ model }}
    where value > 0
    window by_year as (partition by measure, province_code order by year)

),

changes as (

    select
        *,
        ln(value / earlier_value) as log_change
    from ordered
    where earlier_value is not null

),

province_median as (

    select
        measure,
        province_code,
        median(log_change) as centre,
        count(*) as n_changes
    from changes
    group by measure, province_code

),

measure_median as (

    select
        measure,
        median(log_change) as centre,
        count(*) as n_changes
    from changes
    group by measure

),

centred as (

    select
        changes.*,
        province_median.n_changes >= 5 as has_history,
        case
            when province_median.n_changes >= 5 then province_median.centre
            when measure_median.n_changes >= 5 then measure_median.centre
            else 0
        end as centre
    from changes
    inner join province_median
        on
            changes.measure = province_median.measure
            and changes.province_code = province_median.province_code
    inner join measure_median on changes.measure = measure_median.measure

),

province_spread as (

    select
        measure,
        province_code,
        1.4826 * median(abs(log_change - centre)) as deviation
    from centred
    where has_history
    group by measure, province_code

),

bounded as (

    select
        centred.*,
        (centred.edition, centred.vintage) >= (centred.earlier_edition, centred.earlier_vintage)
            as is_later_newer,
        least(
            greatest({{ spread }} * coalesce(province_spread.deviation, 0), ln({{ floor_ratio }})),
            ln({{ cap_ratio }})
        ) as bound
    from centred
    left join province_spread
        on
            centred.measure = province_spread.measure
            and centred.province_code = province_spread.province_code

)

select
    bounded.measure,
    bounded.province_code,
    bounded.earlier_year,
    bounded.year,
    bounded.earlier_value,
    bounded.value,
    bounded.log_change,
    bounded.centre - bounded.bound as at_least,
    bounded.centre + bounded.bound as at_most,
    -- the file that came last is the likelier to be wrong, so it is named first
    if(bounded.is_later_newer, {{ printed_row('') }}, {{ printed_row('earlier_') }}) as newer_row,
    if(bounded.is_later_newer, {{ printed_row('earlier_') }}, {{ printed_row('') }}) as other_row,
    if(bounded.is_later_newer, {{ archived_file('bounded.') }}, {{ archived_file('bounded.earlier_') }})
        as newer_file,
    if(bounded.is_later_newer, {{ archived_file('bounded.earlier_') }}, {{ archived_file('bounded.') }})
        as other_file,
    'compare both rows with what their sources print, newer_row first: land a corrected file, and withdraw '
    'the wrong one; only a jump that both sources confirm goes into seeds/growth_exceptions.csv' as remedy
from bounded
left join {{ ref('growth_exceptions') }} as exceptions
    on
        bounded.measure = exceptions.measure
        and bounded.province_code = exceptions.province_code
        and bounded.year = exceptions.year
        and abs(bounded.value - exceptions.value) <= 5e-4 * exceptions.value
where
    abs(bounded.log_change - bounded.centre) > bounded.bound
    and exceptions.measure is null
{% endtest %}

-- Winners and losers of each cell side by side, each loser with its winner and the reason.
-- The order of preference is the macro `preference_order`.
with

candidates as (

    select * from {{ ref('int_candidates') }}

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by province_code, year, measure
            order by (value is null) asc, {{ preference_order() }}
        ) as {{ dbt.type_bigint() }}) as preference
    from candidates

),

winners as (

    select * from ranked
    where preference = 1 and value is not null

),

compared as (

    select
        ranked.*,
        winners.source as winner_source,
        winners.edition as winner_edition,
        winners.vintage as winner_vintage,
        winners.indicator_label as winner_indicator_label,
        winners.unit as winner_unit,
        winners.value as winner_value,
        ranked.preference = 1 and ranked.value is not null as is_winner,
        case
            when ranked.value is null then 'no exchange rate'
            when ranked.preference = 1 then 'won'
            when ranked.series_priority != winners.series_priority then 'series priority'
            when ranked.edition != winners.edition then 'edition'
            when ranked.vintage != winners.vintage then 'vintage'
            when ranked.unit_multiple != winners.unit_multiple then 'finer unit'
            else 'name'
        end as decided_by
    from ranked
    left join winners
        on
            ranked.province_code = winners.province_code
            and ranked.year = winners.year
            and ranked.measure = winners.measure

)

select
    province_code,
    year,
    measure,
    value,
    is_winner,
    decided_by,
    case when not is_winner then winner_source end as lost_to_source,
    case when not is_winner then winner_edition end as lost_to_edition,
    case when not is_winner then winner_vintage end as lost_to_vintage,
    case when not is_winner then winner_indicator_label end as lost_to_indicator_label,
    case when not is_winner then winner_unit end as lost_to_unit,
    case when not is_winner then winner_value end as lost_to_value,
    preference,
    {{ printed_place() }},
    status,
    quality,
    note,
    series_priority
from compared

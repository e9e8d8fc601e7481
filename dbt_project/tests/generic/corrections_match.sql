{#- A correction meets the wrong value it expects. Where its edition is at hand but the figure is
    absent or another, the source has changed: the row is to be looked at again. -#}
{% test corrections_match(model) %}
with

known as (

    select * from {{ ref('stg_figures') }}
    where {{ known_as_of('edition', 'vintage') }}

),

editions as (

    select distinct source, edition from known

),

-- the newest vintage is the one that rules
newest as (

    select
        *,
        row_number() over (
            partition by source, edition, indicator_label, unit, province_code, year
            order by vintage desc
        ) as age
    from known

)

select
    corrections.*,
    newest.vintage as found_vintage,
    newest.value as found_value,
    'the source has changed: remove or rewrite the row of seeds/corrections.csv' as remedy
from {{ model }} as corrections
inner join editions
    on corrections.source = editions.source and corrections.edition = editions.edition
left join newest
    on
        {{ same_figure('corrections', 'newest') }}
        and newest.age = 1
where
    corrections.root = '{{ var("coverage_root") }}'
    and (
        newest.value is null
        or abs(newest.value - corrections.expected_value)
        > 1e-9 * abs(corrections.expected_value)
    )
{% endtest %}

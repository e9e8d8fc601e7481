{#- Each correction finds the wrong value that it expects, and each added value finds no printed value.
    Otherwise the source has changed: review the row. The test also fails for rows that lack a field
    that their action needs. -#}
{% test corrections_match(model) %}
with

known as (

    select * from {{ ref('stg_extracted__figures') }}
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
    'compare the row of seeds/corrections.csv with the source; remove or rewrite it' as remedy
from {{ model }} as corrections
inner join editions
    on corrections.source = editions.source and corrections.edition = editions.edition
left join newest
    on
        {{ same_figure('corrections', 'newest') }}
        and newest.age = 1
where
    corrections.root = '{{ var("coverage_root") }}'
    and {{ known_as_of('corrections.edition', 'corrections.corrected_on') }}
    and case corrections.action
        when 'add' then
            newest.value is not null
            or corrections.expected_value is not null
            or corrections.corrected_value is null
            or corrections.quality is null
        else
            newest.value is null
            or corrections.expected_value is null
            or (corrections.action = 'replace') = (corrections.corrected_value is null)
            or (corrections.action = 'grade' and corrections.quality is null)
            or abs(newest.value - corrections.expected_value)
            > 1e-9 * abs(corrections.expected_value)
    end
{% endtest %}

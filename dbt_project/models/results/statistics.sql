-- Every other number of every artifact: fit, tests, counts, descriptions.
with

artifact_statistics as (

    {{ read_artifact_parquet('statistics.parquet', {
        'model': 'varchar', 'term': 'varchar', 'statistic': 'varchar', 'inference': 'varchar',
        'name': 'varchar', 'value': 'double', 'text': 'varchar'
    }) }}

),

-- an older artifact has all of term and statistic in one name; inconsistencies of an audit are split here
named as (

    select
        *,
        nullif(regexp_extract(name, '^finding_0*([0-9]+)[.]', 1), '') as inconsistency,
        nullif(regexp_extract(name, '^finding_[0-9]+[.](.+)$', 1), '') as field
    from artifact_statistics

),

numbers as (

    select
        table_id,
        artifact_id,
        model,
        coalesce(term, inconsistency, '') as term,
        case coalesce(statistic, field, name)
            when 'finding' then 'inconsistency'
            when 'n_findings' then 'n_inconsistencies'
            else coalesce(statistic, field, name)
        end as statistic,
        coalesce(inference, '') as inference,
        value,
        text
    from named

)

select * from numbers
union all
-- stored files have the names of 0.4.0
select
    table_id,
    artifact_id,
    model,
    term,
    if(statistic = 'n_years', 'n_periods', 'n_units') as statistic,
    inference,
    value,
    text
from numbers
where statistic in ('n_provinces', 'n_years')
union all
select
    table_id,
    artifact_id,
    model,
    term,
    if(statistic = 'inconsistency', 'finding', 'n_findings') as statistic,
    inference,
    value,
    text
from numbers
where statistic in ('inconsistency', 'n_inconsistencies')

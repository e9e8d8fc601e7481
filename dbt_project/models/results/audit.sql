-- Inconsistencies that the audits of printed papers found: one row for each, and for each rule without one.
with

audits as (

    select
        table_id,
        artifact_id,
        release_id,
        is_current,
        json_extract_string(spec, '$.options.paper') as paper
    from {{ ref('artifacts') }}
    where json_extract_string(spec, '$.kind') = 'audit'

),

named as (

    select
        audits.table_id,
        audits.artifact_id,
        audits.release_id,
        audits.is_current,
        audits.paper,
        numbers.model as rule,
        numbers.term,
        numbers.statistic,
        numbers.value,
        numbers.text
    from {{ ref('statistics') }} as numbers
    inner join audits
        on
            numbers.table_id = audits.table_id
            and numbers.artifact_id = audits.artifact_id

),

rules as (

    select
        table_id,
        artifact_id,
        release_id,
        is_current,
        paper,
        rule,
        max(text) filter (where statistic = 'family') as family,
        max(text) filter (where statistic = 'title') as title,
        max(text) filter (where statistic = 'reason') as reason,
        max(text) filter (where statistic = 'status') as status,
        cast(max(value) filter (where statistic = 'applicable') as integer) as applicable
    from named
    where term = ''
    group by all

),

inconsistencies as (

    select
        table_id,
        artifact_id,
        rule,
        cast(term as integer) as number,
        max(text) filter (where statistic = 'severity') as severity,
        max(text) filter (where statistic = 'place') as place,
        max(text) filter (where statistic = 'inconsistency') as inconsistency,
        max(text) filter (where statistic = 'evidence') as evidence,
        max(text) filter (where statistic = 'fact') as fact,
        max(text) filter (where statistic = 'assumes') as assumes,
        max(text) filter (where statistic = 'repeat') as repeat_code
    from named
    where term != ''
    group by all

)

select
    rules.table_id,
    rules.artifact_id,
    rules.release_id,
    rules.is_current,
    rules.paper,
    rules.family,
    rules.rule,
    rules.title,
    rules.reason,
    rules.status,
    rules.applicable,
    coalesce(inconsistencies.number, 0) as number,
    inconsistencies.severity,
    inconsistencies.place,
    inconsistencies.inconsistency,
    inconsistencies.evidence,
    coalesce(inconsistencies.fact, inconsistencies.place || ': ' || inconsistencies.inconsistency) as fact,
    inconsistencies.assumes,
    inconsistencies.repeat_code,
    inconsistencies.inconsistency as finding
from rules
left join inconsistencies
    on
        rules.table_id = inconsistencies.table_id
        and rules.artifact_id = inconsistencies.artifact_id
        and rules.rule = inconsistencies.rule
order by rules.artifact_id, rules.family, rules.rule, number

-- Statements of provinces and of the ministry about a series, with which its values were compared.
with

statements as (

    select * from {{ ref('series_evidence_statements') }}

)

select
    measure,
    province_code,
    year,
    value,
    unit,
    period,
    definition,
    statement,
    grade,
    source,
    address
from statements
order by measure, province_code, year, value

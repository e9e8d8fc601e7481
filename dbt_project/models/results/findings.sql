-- Findings of papers with a current table: claim, print, our number, state and fragility.
with

findings as (

    {{ read_reproduction({
        'paper': 'varchar', 'finding': 'varchar', 'position': 'integer', 'claim': 'varchar', 'kind': 'varchar',
        'place': 'varchar', 'printed_table': 'varchar', 'printed_model': 'varchar', 'printed_term': 'varchar',
        'printed': 'double', 'rule': 'varchar', 'table_id': 'varchar', 'artifact_id': 'varchar', 'model': 'varchar',
        'term': 'varchar', 'inference': 'varchar', 'estimate': 'double', 'ci_low': 'double', 'ci_high': 'double',
        'p_value': 'double', 'sample': 'varchar', 'state': 'varchar', 'fragility': 'varchar', 'choices': 'integer',
        'choices_agree': 'integer', 'figures_status': 'varchar', 'last_period': 'integer', 'data_date': 'varchar',
        'says': 'varchar'
    }, 'findings') }}

),

papers as (

    select
        paper,
        printed,
        reproduced
    from {{ ref('reproduction_counts') }}
    where scope = 'paper'

)

select
    findings.paper,
    findings.finding,
    findings.{{ adapter.quote('position') }} as finding_order,  -- noqa: RF06
    findings.claim,
    findings.kind,
    findings.place,
    findings.printed_table,
    findings.printed_model,
    findings.printed_term,
    findings.printed,
    findings.rule,
    findings.table_id,
    findings.artifact_id,
    findings.model,
    findings.term,
    findings.inference,
    findings.estimate,
    findings.ci_low,
    findings.ci_high,
    findings.p_value,
    findings.sample,
    findings.state,
    findings.fragility,
    findings.choices,
    findings.choices_agree,
    papers.reproduced as numbers_reproduced,
    papers.printed as numbers_printed,
    findings.figures_status,
    findings.last_period,
    findings.data_date,
    findings.says
from findings
left join papers on findings.paper = papers.paper

-- Printed numbers of the papers with a current table, each beside ours: one status a number.
with

numbers as (

    {{ read_reproduction({
        'paper': 'varchar', 'design': 'varchar', 'printed_table': 'varchar', 'row': 'varchar',
        'column': 'varchar', 'model': 'varchar', 'term': 'varchar', 'statistic': 'varchar',
        'part': 'varchar', 'printed': 'varchar', 'printed_value': 'double', 'decimals': 'integer',
        'table_id': 'varchar', 'artifact_id': 'varchar', 'our_model': 'varchar', 'our_name': 'varchar',
        'our_inference': 'varchar', 'ours': 'double', 'status': 'varchar', 'difference': 'double',
        'difference_se': 'double', 'reason_code': 'varchar', 'reason': 'varchar', 'aea_reason': 'varchar',
        'place': 'varchar'
    }) }}

)

select
    paper,
    design,
    printed_table,
    {{ adapter.quote('row') }} as row_label,  -- noqa: RF06
    {{ adapter.quote('column') }} as column_label,
    model,
    term,
    statistic,
    part,
    cast(row_number() over (
        partition by paper, printed_table, model, term, statistic, part
        order by place
    ) as bigint) as number,
    printed,
    printed_value,
    decimals,
    table_id,
    artifact_id,
    our_model,
    our_name,
    our_inference,
    ours,
    status,
    difference,
    difference_se,
    reason_code,
    reason,
    aea_reason,
    place
from numbers

-- Likely causes of printed numbers that ours does not round to, each with what it explains.
with

causes as (

    {{ read_reproduction({
        'paper': 'varchar', 'printed_table': 'varchar', 'table_id': 'varchar', 'row': 'varchar',
        'column': 'varchar', 'model': 'varchar', 'term': 'varchar', 'statistic': 'varchar', 'part': 'varchar',
        'number': 'bigint', 'printed': 'varchar', 'ours': 'double', 'cause': 'varchar', 'detail': 'varchar',
        'explains': 'integer', 'of': 'integer', 'rank': 'integer'
    }, 'reproduction_causes') }}

)

select
    paper,
    printed_table,
    table_id,
    {{ adapter.quote('row') }} as row_label,  -- noqa: RF06
    {{ adapter.quote('column') }} as column_label,
    model,
    term,
    statistic,
    part,
    {{ adapter.quote('number') }} as number,  -- noqa: RF06
    printed,
    ours,
    cause,
    detail,
    explains,
    {{ adapter.quote('of') }} as compared,
    {{ adapter.quote('rank') }} as cause_rank  -- noqa: RF06
from causes

-- Printed numbers by status: by paper, by printed table and by printed column.
with

numbers as (

    select * from {{ ref('reproduction') }}

),

scopes as (

    select 'paper' as scope
    union all
    select 'table' as scope
    union all
    select 'column' as scope

),

scoped as (

    select
        numbers.paper,
        numbers.design,
        scopes.scope,
        numbers.status,
        case when scopes.scope = 'paper' then '' else numbers.printed_table end as printed_table,
        case when scopes.scope = 'column' then coalesce(numbers.model, '') else '' end as model
    from numbers
    cross join scopes

),

counted as (

    select
        paper,
        design,
        scope,
        printed_table,
        model,
        cast(count(*) as integer) as printed,
        cast(count(*) filter (where status = 'reproduced') as integer) as reproduced,
        cast(count(*) filter (where status = 'rounding') as integer) as rounding,
        cast(count(*) filter (where status = 'minor') as integer) as minor,
        cast(count(*) filter (where status = 'differs') as integer) as differs,
        cast(count(*) filter (where status = 'not attempted') as integer) as not_attempted
    from scoped
    group by all

)

select
    paper,
    scope,
    printed_table,
    model,
    design,
    printed,
    reproduced,
    rounding,
    minor,
    differs,
    not_attempted,
    case
        when design = 'comparison' then 'comparison'
        when design = 'tables' then 'tables only'
        when 4 * (reproduced + rounding + minor) < printed then 'failure'
        when 4 * (reproduced + rounding + minor) < 3 * printed then 'partial'
        when reproduced < printed then 'full with minor issues'
        else 'full'
    end as class,
    case
        when design = 'comparison' then 'direct replicability'
        else 'recreate reproducibility'
    end as i4r,
    case
        when design = 'comparison' or scope <> 'table' then null
        when not_attempted = printed then 1
        when not_attempted > 0 then 3
        when reproduced + rounding < printed then 4
        else 5
    end as ssrp_level
from counted

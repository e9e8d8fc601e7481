-- Printed numbers by status: by paper, by printed table and by printed column.
with

numbers as (

    select * from {{ ref('reproduction') }}

),

counted as (

    select
        paper,
        design,
        coalesce(printed_table, '') as printed_table,
        coalesce(model, '') as model,
        case
            when grouping(printed_table) = 1 then 'paper'
            when grouping(model) = 1 then 'table'
            else 'column'
        end as scope,
        cast(count(*) as integer) as printed,
        cast(count(*) filter (where status = 'reproduced') as integer) as reproduced,
        cast(count(*) filter (where status = 'rounding') as integer) as rounding,
        cast(count(*) filter (where status = 'minor') as integer) as minor,
        cast(count(*) filter (where status = 'differs') as integer) as differs,
        cast(count(*) filter (where status = 'not attempted') as integer) as not_attempted
    from numbers
    group by grouping sets (
        (paper, design),
        (paper, design, printed_table),
        (paper, design, printed_table, model)
    )

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
        when reproduced + rounding + minor = 0 then 'failure'
        when reproduced + rounding + minor < printed then 'partial'
        when reproduced < printed then 'full with minor issues'
        else 'full'
    end as class,
    case
        when design = 'comparison' then 'direct replicability'
        else 'recreate reproducibility'
    end as i4r,
    case
        when design = 'reproduction' and scope = 'table' and reproduced + rounding = printed then 5
    end as ssrp_level
from counted

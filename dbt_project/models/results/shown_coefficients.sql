-- Current coefficients as tables print them, one row each (estimation/econometrics/shown.py).
with

coefficients as (

    select * from {{ ref('current_coefficients') }}

),

ways as (

    select
        table_id,
        artifact_id,
        coalesce(json_extract_string(spec, '$.options.primary'), '') as primary_inference,
        coalesce(json_extract_string(spec, '$.options.errors'), '') as errors_inference
    from {{ ref('artifacts') }}
    where is_current

),

ranked as (

    select
        coefficients.*,
        ways.errors_inference,
        coefficients.inference not like 'wild_cluster_bootstrap%'
        and coefficients.std_error is not null as has_error,
        row_number() over (
            partition by coefficients.table_id, coefficients.model, coefficients.term
            order by
                case when coefficients.inference = ways.primary_inference then 0 else 1 end,
                case when coefficients.inference = ways.errors_inference then 0 else 1 end,
                case
                    when coefficients.inference like 'cr3:%' then 0
                    when coefficients.inference like 'cr3(%' then 0
                    else 1
                end,
                coefficients.inference
        ) as place
    from coefficients
    inner join ways
        on
            coefficients.table_id = ways.table_id
            and coefficients.artifact_id = ways.artifact_id

)

select
    ranked.table_id,
    ranked.artifact_id,
    ranked.release_id,
    ranked.model,
    ranked.term,
    ranked.inference,
    ranked.estimate,
    case when ranked.has_error then ranked.std_error end as std_error,
    ranked.p_value,
    ranked.p_mc_error,
    ranked.ci_low,
    ranked.ci_high,
    case
        when ranked.has_error then 'std_error'
        when ranked.ci_low is not null then 'interval'
        when
            ranked.inference like 'wild_cluster_bootstrap%' and ranked.p_value is not null
            then 'p_value'
        else ''
    end as brackets,
    case when not ranked.has_error then labelled.inference end as second_inference,
    case when not ranked.has_error then labelled.std_error end as second_error,
    ranked.n_obs,
    ranked.n_clusters,
    ranked.figures_status
from ranked
left join coefficients as labelled
    on
        ranked.table_id = labelled.table_id
        and ranked.model = labelled.model
        and ranked.term = labelled.term
        and ranked.errors_inference = labelled.inference
        and labelled.inference not like 'wild_cluster_bootstrap%'
where ranked.place = 1

-- Coefficients of the current artifact of each table.
with

coefficients as (

    select * from {{ ref('coefficients') }}

),

artifacts as (

    select * from {{ ref('artifacts') }}
    where is_current

)

select
    coefficients.table_id,
    coefficients.artifact_id,
    artifacts.release_id,
    coefficients.model,
    coefficients.term,
    coefficients.inference,
    coefficients.estimate,
    coefficients.std_error,
    coefficients.statistic,
    coefficients.df,
    coefficients.p_value,
    coefficients.p_mc_error,
    coefficients.ci_low,
    coefficients.ci_high,
    coefficients.n_obs,
    coefficients.n_clusters,
    coefficients.figures_status
from coefficients
inner join artifacts
    on
        coefficients.table_id = artifacts.table_id
        and coefficients.artifact_id = artifacts.artifact_id

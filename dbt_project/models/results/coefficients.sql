-- Every estimated coefficient of every artifact, one row for each inference.
with

coefficients as (

    {{ read_artifact_parquet('coefficients.parquet', {
        'model': 'varchar', 'term': 'varchar', 'inference': 'varchar', 'estimate': 'double',
        'std_error': 'double', 'statistic': 'double', 'df': 'double', 'p_value': 'double', 'p_mc_error': 'double',
        'ci_low': 'double', 'ci_high': 'double', 'n_obs': 'integer', 'n_clusters': 'integer',
        'figures_status': 'varchar'
    }) }}

)

select
    table_id,
    artifact_id,
    model,
    term,
    inference,
    estimate,
    std_error,
    statistic,
    df,
    p_value,
    p_mc_error,
    ci_low,
    ci_high,
    n_obs,
    n_clusters,
    {{ figures_status('figures_status') }} as figures_status
from coefficients

-- Every specification of every curve: its choices, and its estimate or the reason for none.
with

specifications as (

    {{ read_artifact_parquet('specifications.parquet', {
        'model': 'varchar', 'outcome': 'varchar', 'focal': 'varchar', 'years': 'varchar',
        'exclusion': 'varchar', 'interpolation': 'varchar', 'controls': 'varchar[]',
        'first_year': 'integer', 'last_year': 'integer', 'n_obs': 'integer', 'n_clusters': 'integer',
        'estimate': 'double', 'std_error': 'double', 'p_value': 'double', 'ci_low': 'double',
        'ci_high': 'double', 'figures_status': 'varchar', 'reason': 'varchar'
    }) }}

)

select * from specifications

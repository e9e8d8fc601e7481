-- The registry: one row for each artifact, read from its manifest, which is the truth.
with

manifests as (

    {{ read_manifests({
        'table_id': 'varchar', 'artifact_id': 'varchar', 'title': 'varchar', 'status': 'varchar',
        'reason': 'varchar', 'release_id': 'varchar', 'figures_status': 'varchar',
        'spec': 'json', 'code': 'json', 'sample': 'json', 'result_hash': 'varchar',
        'supersedes': 'varchar', 'run': 'json'
    }) }}

),

current_index as (

    {{ read_current_index() }}

),

-- of the models over the sample's rows
periods as (

    select
        periods.table_id,
        periods.artifact_id,
        observations.value as n_obs,
        cast(max(periods.value) as integer) as n_periods
    from {{ ref('statistics') }} as periods
    inner join {{ ref('statistics') }} as observations
        on
            periods.table_id = observations.table_id
            and periods.artifact_id = observations.artifact_id
            and periods.model = observations.model
            and periods.term = observations.term
    where periods.statistic = 'n_periods' and observations.statistic = 'n_obs' and periods.term = ''
    group by all

)

select
    manifests.table_id,
    manifests.artifact_id,
    manifests.title,
    manifests.status,
    manifests.reason,
    coalesce(current_index.release_id, manifests.release_id) as release_id,
    {{ figures_status('manifests.figures_status') }} as figures_status,
    current_index.artifact_id is not null as is_current,
    cast(manifests.spec as {{ dbt.type_string() }}) as spec,
    json_extract_string(manifests.code, '$.code_version') as code_version,
    json_extract_string(manifests.code, '$.commit') as commit_id,
    cast(json_extract_string(manifests.code, '$.dirty') as boolean) as dirty,
    cast(json_extract_string(manifests.sample, '$.n_obs') as integer) as n_obs,
    cast(json_extract_string(manifests.sample, '$.n_provinces') as integer) as n_units,
    periods.n_periods,
    cast(json_extract_string(manifests.sample, '$.first_year') as integer) as first_year,
    cast(json_extract_string(manifests.sample, '$.last_year') as integer) as last_year,
    manifests.result_hash,
    manifests.supersedes,
    json_extract_string(manifests.run, '$.run_id') as run_id,
    json_extract_string(manifests.run, '$.created_at') as created_at,
    cast(json_extract_string(manifests.run, '$.seconds') as double) as seconds,
    -- the name of 0.4.0
    cast(json_extract_string(manifests.sample, '$.n_provinces') as integer) as n_provinces
from manifests
left join current_index
    on
        manifests.table_id = current_index.table_id
        and manifests.artifact_id = current_index.artifact_id
left join periods
    on
        manifests.table_id = periods.table_id
        and manifests.artifact_id = periods.artifact_id
        and cast(json_extract_string(manifests.sample, '$.n_obs') as double) = periods.n_obs
order by manifests.table_id, created_at

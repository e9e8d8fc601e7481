-- Cells of the current tables: used, filled or dropped, by model. A table whose estimates have a
-- sample each (a curve) stores no cells; what it fills stands in its manifest.
with

current_artifacts as (

    select
        table_id,
        artifact_id
    from {{ ref('artifacts') }}
    where is_current

),

stored as (

    {{ read_artifact_parquet('sample_cells.parquet', {
        'model': 'varchar', 'variable': 'varchar', 'measure': 'varchar',
        'province_code': 'varchar', 'year': 'integer', 'year_measured': 'integer',
        'value': 'double', 'state': 'varchar', 'reason': 'varchar'
    }, only_current=true) }}

),

manifests as (

    {{ read_manifests({
        'table_id': 'varchar', 'artifact_id': 'varchar',
        'sample': 'json'
    }, only_current=true) }}

),

filled as (

    select
        manifests.table_id,
        manifests.artifact_id,
        {{ rows_of_json('manifests.sample', 'filled', {
            'interpolation': 'varchar', 'measure': 'varchar', 'province_code': 'varchar', 'year': 'integer',
            'value': 'double', 'from_years': 'integer[]'
        }) }} as cell
    from manifests
    inner join current_artifacts
        on
            manifests.table_id = current_artifacts.table_id
            and manifests.artifact_id = current_artifacts.artifact_id
    left join stored
        on
            manifests.table_id = stored.table_id
            and manifests.artifact_id = stored.artifact_id
    where stored.artifact_id is null

),

cells as (

    select * from stored
    union all
    select
        table_id,
        artifact_id,
        coalesce(cell.interpolation, 'all') as model,
        cell.measure as variable,
        cell.measure,
        cell.province_code,
        cell.year,
        cell.year as year_measured,
        cell.value,
        'filled' as state,
        'between ' || {{ element_at('cell.from_years', 1) }}
        || ' and ' || {{ element_at('cell.from_years', 2) }} as reason
    from filled

)

select
    cells.*,
    cells.province_code as unit_code
from cells
inner join current_artifacts
    on
        cells.table_id = current_artifacts.table_id
        and cells.artifact_id = current_artifacts.artifact_id

-- From each current coefficient to the files behind the cells that it uses. A table without coefficients
-- has no rows.
with

stored as (

    {{ read_artifact_parquet('coefficient_lineage.parquet', {
        'model': 'varchar', 'source': 'varchar', 'edition': 'integer', 'vintage': 'varchar',
        'file': 'varchar', 'sha256': 'varchar', 'cells': 'bigint'
    }, only_current=true) }}

),

coefficients as (

    select distinct
        table_id,
        artifact_id,
        model,
        term
    from {{ ref('current_coefficients') }}

)

select
    coefficients.table_id,
    coefficients.artifact_id,
    coefficients.model,
    coefficients.term,
    stored.source,
    stored.edition,
    stored.vintage,
    stored.file,
    stored.sha256,
    stored.cells
from coefficients
inner join stored
    on
        coefficients.table_id = stored.table_id
        and coefficients.artifact_id = stored.artifact_id
        and coefficients.model = stored.model

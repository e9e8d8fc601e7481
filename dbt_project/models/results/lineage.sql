-- From an artifact to the sha256 of every source file whose values it rests on.
with

manifests as (

    {{ read_manifests({
        'table_id': 'varchar', 'artifact_id': 'varchar', 'release_id': 'varchar',
        'sources': 'struct(source varchar, edition integer, vintage varchar, file varchar, '
            ~ 'sha256 varchar)[]'
    }) }}

),

unnested as (

    select
        table_id,
        artifact_id,
        release_id,
        {{ columns_of_structs('sources') }}
    from manifests

)

select
    table_id,
    artifact_id,
    release_id,
    source,
    edition,
    vintage,
    file,
    sha256
from unnested
order by table_id, artifact_id, source, edition, vintage, file

-- From an artifact to the sha256 of every source file whose figures it rests on.
with

manifests as (

    {{ read_manifests({
        'table_id': 'varchar', 'artifact_id': 'varchar', 'release_id': 'varchar',
        'sources': 'struct(source varchar, edition integer, vintage varchar, file varchar, '
            ~ 'sha256 varchar)[]'
    }) }}

),

files as (

    select
        table_id,
        artifact_id,
        release_id,
        unnest(sources) as source_file
    from manifests

)

select
    table_id,
    artifact_id,
    release_id,
    source_file.source as source,
    source_file.edition as edition,
    source_file.vintage as vintage,
    source_file.file as file,
    source_file.sha256 as sha256
from files
order by table_id, artifact_id, source, edition, vintage, file

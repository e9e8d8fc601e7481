-- From an artifact to the sha256 of every source file whose figures it rests on.
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
        -- one column for each field of the struct, under the field's name
        unnest(sources, max_depth := 2)  -- noqa: AL03
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

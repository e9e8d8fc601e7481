-- The releases, read from their manifests; when each was frozen stands in the ledger.
with

manifests as (

    {{ read_documents('releases', {
        'release_id': 'varchar', 'figures': 'varchar', 'first_year': 'integer',
        'last_year': 'integer', 'rows': 'json',
        'sources': 'struct(source varchar, edition integer, vintage varchar, file varchar, '
            ~ 'sha256 varchar)[]'
    }) }}

),

ledger as (

    select
        name as release_id,
        min(happened_at) as frozen_at,
        min_by(event, happened_at) as event
    from ({{ read_ledger('release') }})
    group by name

),

current_index as (

    {{ read_current_index() }}

)

select
    manifests.release_id,
    ledger.frozen_at,
    coalesce(ledger.event = 'published', false) as witnessed,
    manifests.release_id in (select current_index.release_id from current_index) as is_current,
    manifests.figures,
    manifests.first_year,
    manifests.last_year,
    cast(json_extract_string(manifests.rows, '$.panel') as integer) as panel_rows,
    cast(json_extract_string(manifests.rows, '$.observations') as integer) as cells,
    manifests.sources
from manifests
left join ledger on manifests.release_id = ledger.release_id
-- a data root without sources has a panel without rows
where cast(json_extract_string(manifests.rows, '$.panel') as integer) > 0
order by ledger.frozen_at, manifests.release_id

-- What readers were pointed at before this build. A file learns of its own publication, and of a
-- rollback that leads back to it, when it is published (orchestration/assets/publication.py).
with

ledger as (

    {{ read_ledger('warehouse') }}

)

select
    cast(row_number() over (order by line) as integer) as number,
    happened_at,
    event,
    name as file
from ledger
where event in ('published', 'rolled back to', 'adopted')

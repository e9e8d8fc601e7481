-- Former names of tables: artifacts of older versions have them still.
select
    former_table_id,
    table_id
from {{ ref('former_table_ids') }}
order by former_table_id

-- Which cells a table filled or dropped, and why
select
    cells.table_id,
    cells.model,
    cells.state,
    cells.reason,
    cells.variable,
    cells.measure,
    cells.year,
    count(*) as cells,
    string_agg(coalesce(provinces.province, cells.unit_code), ', ' order by cells.unit_code) as units
from results.sample_cells as cells
left join marts.provinces as provinces on provinces.province_code = cells.unit_code
where cells.state != 'used'
group by all
order by cells.table_id, cells.model, cells.state, cells.variable, cells.year, cells.reason;

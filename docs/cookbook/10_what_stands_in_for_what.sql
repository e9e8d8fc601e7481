-- Measures that stand in for another, and how far both reach
select
    stand_in.measure,
    stand_in.title,
    stand_in.stands_in_for,
    stand_in.n_cells,
    wanted.n_cells as cells_of_the_thing_itself,
    stand_in.first_year,
    stand_in.last_year
from marts.indicators as stand_in
left join marts.indicators as wanted on stand_in.stands_in_for = wanted.measure
where stand_in.stands_in_for is not null
order by stand_in.stands_in_for, stand_in.measure;

{#- A table has at most one current artifact. -#}
{% test one_current_artifact(model) %}
select
    table_id,
    count(*) as n_current,
    min(artifact_id) as one_artifact,
    max(artifact_id) as other_artifact
from {{ model }}
where is_current
group by table_id
having count(*) > 1
{% endtest %}

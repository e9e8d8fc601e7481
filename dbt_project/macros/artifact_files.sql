{#- Reading artifacts/<table_id>/<artifact_id>/<name>. DuckDB refuses a pattern that matches no
    file, so the files are listed first, and without one an empty table of the same columns is
    read. Half-written folders begin with a dot; `drift` holds comparisons, not tables. -#}
{% macro artifact_files(name) -%}
    {%- set folder = env_var('LIVING_PANEL_DATA') ~ '/artifacts' -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set found = run_query(
        "select file from glob('" ~ folder ~ "/*/*/" ~ name ~ "') "
        ~ "where not regexp_matches(file, '/artifacts/(drift/|[.]|[^/]+/[.])') order by file"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}

{% macro quoted_list(texts) -%}
    [{% for text in texts %}'{{ text | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{#- An empty relation with the given columns: a mapping from name to type. -#}
{% macro empty_relation(columns) -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#- The artifacts' JSON manifests, only the columns named. -#}
{% macro read_manifests(columns) -%}
    {%- set files = artifact_files('manifest.json') -%}
    {%- if files -%}
    select
        {{ columns | join(', ') }},
        filename
    from read_json(
        {{ quoted_list(files) }},
        columns = {
            {%- for name, type in columns.items() %}
            {{ name }}: '{{ type }}'{{ ',' if not loop.last }}
            {%- endfor %}
        },
        format = 'unstructured', filename = true, maximum_object_size = 67108864
    )
    {%- else -%}
    {%- set with_name = dict(columns) -%}
    {%- do with_name.update({'filename': 'varchar'}) -%}
    {{ empty_relation(with_name) }}
    {%- endif -%}
{%- endmacro %}

{#- The artifacts' Parquet tables of one name, with the folder's two ids. -#}
{% macro read_artifact_parquet(name, columns) -%}
    {%- set files = artifact_files(name) -%}
    {%- if files -%}
    select
        split_part(filename, '/', -3) as table_id,
        split_part(filename, '/', -2) as artifact_id,
        {%- for column, type in columns.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from read_parquet({{ quoted_list(files) }}, union_by_name = true, filename = true)
    {%- else -%}
    {%- set all_columns = {'table_id': 'varchar', 'artifact_id': 'varchar'} -%}
    {%- do all_columns.update(columns) -%}
    {{ empty_relation(all_columns) }}
    {%- endif -%}
{%- endmacro %}

{#- Parquet tables of the stored comparisons of two releases, artifacts/drift/<comparison>/<name>. -#}
{% macro read_comparison_parquet(name, columns) -%}
    {%- set files = [] -%}
    {%- if execute -%}
        {%- set pattern = env_var('LIVING_PANEL_DATA') ~ '/artifacts/drift/*/' ~ name -%}
        {%- set found = run_query(
            "select file from glob('" ~ pattern ~ "') "
            ~ "where not regexp_matches(file, '/drift/[.]') order by file"
        ) -%}
        {%- set files = found.columns[0].values() | list -%}
    {%- endif -%}
    {%- if files -%}
    select
        {%- for column, type in columns.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from read_parquet({{ quoted_list(files) }}, union_by_name = true)
    {%- else -%}
    {{ empty_relation(columns) }}
    {%- endif -%}
{%- endmacro %}

{#- The list of artifacts that count as current, written by the newest refresh. -#}
{% macro read_current_index() -%}
    {%- set columns = {'table_id': 'varchar', 'artifact_id': 'varchar', 'release_id': 'varchar'} -%}
    {%- set path = env_var('LIVING_PANEL_DATA') ~ '/state/' ~ var('current_index') -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set found = run_query("select file from glob('" ~ path ~ "')").columns[0].values() -%}
    {%- endif -%}
    {%- if found | length > 0 -%}
    select table_id, artifact_id, release_id
    from read_json(
        '{{ path }}',
        columns = {table_id: 'varchar', artifact_id: 'varchar', release_id: 'varchar'}
    )
    {%- else -%}
    {{ empty_relation(columns) }}
    {%- endif -%}
{%- endmacro %}

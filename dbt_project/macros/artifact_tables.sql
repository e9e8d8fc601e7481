{#- The estimation layer's files on Spark: spark/artifacts.py makes them tables of the schema `artifacts`. -#}

{#- A document is a column `text`; of the columns named, each is read from it. Every manifest is in the table: a model
    keeps the current ones by its join. -#}
{% macro spark__read_documents(name, columns, only_current) -%}
    {%- set types = [] -%}
    {%- for column, type in columns.items() -%}
        {%- do types.append(column ~ ' ' ~ spark_type(type)) -%}
    {%- endfor -%}
    select number, document.*
    from (
        select number, from_json(text, '{{ types | join(', ') }}') as document
        from artifacts.{{ name }}
    )
{%- endmacro %}

{% macro spark__line_number() -%}number{%- endmacro %}

{#- Every artifact is in the table: a model keeps the current ones by its join. -#}
{% macro spark__read_artifact_parquet(name, columns, only_current) -%}
    {%- set all_columns = {'table_id': 'varchar', 'artifact_id': 'varchar'} -%}
    {%- do all_columns.update(columns) -%}
    {{ spark_table(name, all_columns) }}
{%- endmacro %}

{% macro spark__read_comparison_parquet(name, columns) -%}
    {{ spark_table(name, columns) }}
{%- endmacro %}

{% macro spark__read_reproduction(columns, name) -%}
    {{ spark_table(name ~ '.parquet', columns) }}
{%- endmacro %}

{#- The columns named, of files of one name, under their types; a column that no file has is null. -#}
{% macro spark_table(name, columns) -%}
    {%- set relation = api.Relation.create(schema='artifacts', identifier=name.removesuffix('.parquet')) -%}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if execute else [] -%}
    select
        {%- for column, type in columns.items() %}
        cast({{ adapter.quote(column) if column in present else 'null' }} as {{ spark_type(type) }})
            as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}

{#- Spark's name of a type that the models name as DuckDB does. -#}
{% macro spark_type(type) -%}
    {%- set names = {'varchar': 'string', 'json': 'string', 'integer': 'int'} -%}
    {%- set plain = names.get(type, type) | replace('varchar', 'string') | replace('integer', 'int') -%}
    {%- set fields = modules.re.sub('^struct\\((.*)\\)', 'struct<\\1>', plain) -%}
    {{ return('array<' ~ fields[:-2] ~ '>' if fields.endswith('[]') else fields) }}
{%- endmacro %}

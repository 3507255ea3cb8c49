#include "framework/django_questions.hpp"

namespace lastgood::django_questions {

const char* const k_guard = R"py(
import json
from django.db import connection
seen = {}
if connection.vendor == 'postgresql':
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('lock_timeout'), current_setting('application_name'), current_database(), "
                       "(select oid::bigint from pg_database where datname = current_database()), "
                       "has_function_privilege('pg_control_system()', 'execute')")
        row = cursor.fetchone()
        seen = {'lock_timeout': row[0], 'application_name': row[1], 'database': row[2], 'oid': row[3], 'system': ''}
        if row[4]:
            cursor.execute("select system_identifier::text from pg_control_system()")
            seen['system'] = cursor.fetchone()[0]
print()
print('lastgood-answer:' + json.dumps(seen))
)py";

const char* const k_pending = R"py(
import json
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
state = None
described = []
for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
    sql = None
    try:
        if state is None:
            state = executor.loader.project_state((migration.app_label, migration.name), at_end=False)
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        sql = '\n'.join(editor.collected_sql)
    except Exception:
        state = None
    described.append({'name': migration.app_label + '.' + migration.name, 'sql': sql, 'atomic': migration.atomic,
                      'down': all(operation.reversible for operation in migration.operations)})
print()
ledger = 'django_migrations' in connection.introspection.table_names()
print('lastgood-answer:' + json.dumps({'ledger': ledger, 'pending': described}))
)py";

const char* const k_no_way_down = R"py(
import json
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection)
print()
print('lastgood-answer:' + json.dumps(['.'.join(key) for key in loader.applied_migrations if key in loader.disk_migrations and
      not all(operation.reversible for operation in loader.disk_migrations[key].operations)]))
)py";

}  // namespace lastgood::django_questions

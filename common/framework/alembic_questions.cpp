#include "framework/alembic_questions.hpp"

namespace lastgood::alembic_questions {

namespace {

/// look(): what `of` (the script directory, the heads, the migration context) finds through env.py.
const std::string k_common = R"py(
import ast, inspect, io, json, sys, textwrap
from alembic import command, util
from alembic.config import CommandLine
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

class Reader(CommandLine):
    def run_cmd(self, config, options):
        self.config = config

def project():
    reader = Reader()
    reader.main(argv=sys.argv[1:] + ['current'])
    return reader.config

def look(of):
    config = project()
    script = ScriptDirectory.from_config(config)
    found = []
    def once(heads, context):
        found.append(of(script, heads if isinstance(heads, tuple) else (), context))
        return []
    with EnvironmentContext(config, script, fn=once, dont_mutate=True):
        script.run_env()
    return found[0]

def below(script, heads):
    seen, left = [], list(heads)
    while left:
        revision = script.get_revision(left.pop())
        if revision.revision not in seen:
            seen.append(revision.revision)
            left += util.to_tuple(revision.down_revision, default=()) + util.to_tuple(revision.dependencies, default=())
    return seen

def pending(script, heads):
    return list(reversed(list(script.iterate_revisions('heads', heads, implicit_base=True))))

def does_something(statement):
    return not (isinstance(statement, (ast.Pass, ast.Raise)) or
                isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))

def has_way_down(revision):
    try:
        function = ast.parse(textwrap.dedent(inspect.getsource(revision.module.downgrade))).body[0]
    except (AttributeError, OSError, SyntaxError):
        return False
    return any(does_something(statement) for statement in function.body)

def answer(found):
    print()
    print('lastgood-answer:' + json.dumps(found))
)py";

}  // namespace

const std::string k_state = k_common + R"py(
def state(script, heads, context):
    applied = below(script, heads)
    order = [revision.revision for revision in script.walk_revisions()]
    return {'applied': [name for name in reversed(order) if name in applied],
            'no_way_down': [name for name in applied if not has_way_down(script.get_revision(name))],
            'pending': [revision.revision for revision in pending(script, heads)]}

try:
    answer(look(state))
except util.CommandError as error:
    answer({'refused': str(error)})
)py";

const std::string k_pending = k_common + R"py(
def sql_of(revision):
    parents = util.to_tuple(revision.down_revision, default=())
    if len(parents) > 1 or revision.dependencies:
        return None
    printed = io.StringIO()
    config = project()
    config.output_buffer = printed
    try:
        command.upgrade(config, ''.join(parents) + ':' * len(parents) + revision.revision, sql=True)
    except (Exception, SystemExit):
        return None
    return printed.getvalue()

def atomic(revision, sql):
    if sql is not None:
        return [line.strip() for line in sql.splitlines()].count('COMMIT;') == 1
    try:
        return False if 'autocommit' in inspect.getsource(revision.module) else None
    except OSError:
        return None

def described(script, heads, context):
    return [revision for revision in pending(script, heads)]

found = []
for revision in look(described):
    sql = sql_of(revision)
    found.append({'name': revision.revision, 'sql': sql, 'atomic': atomic(revision, sql), 'down': has_way_down(revision),
                  'parents': util.to_tuple(revision.down_revision, default=()) +
                             util.to_tuple(revision.dependencies, default=())})
answer(found)
)py";

const std::string k_guard = k_common + R"py(
from sqlalchemy import text

def seen(script, heads, context):
    connection = context.connection
    if connection.dialect.name != 'postgresql':
        return {}
    row = connection.execute(text(
        "select current_setting('lock_timeout'), current_setting('application_name'), current_database(), "
        "(select oid::bigint from pg_database where datname = current_database()), "
        "has_function_privilege('pg_control_system()', 'execute')")).fetchone()
    system = ''
    if row[4]:
        system = connection.execute(text("select system_identifier::text from pg_control_system()")).fetchone()[0]
    return {'lock_timeout': row[0], 'application_name': row[1], 'database': row[2], 'oid': row[3], 'system': system}

answer(look(seen))
)py";

const std::string k_models = k_common + R"py(
from alembic.autogenerate import produce_migrations

def name_of(thing):
    table = getattr(thing, 'table', None)
    name = getattr(thing, 'name', None) or ''
    return '.'.join(filter(None, [table.name, name])) if table is not None else str(name)

def say(difference):
    if isinstance(difference, list):
        return ', '.join(say(each) for each in difference)
    what = difference[0].replace('_', ' ')
    if difference[0] in ('add_column', 'remove_column'):
        return what + ' ' + difference[2] + '.' + difference[3].name
    if difference[0].startswith('modify_'):
        return what + ' of ' + difference[2] + '.' + difference[3]
    return what + ' ' + ' '.join(filter(None, [name_of(thing) for thing in difference[1:]]))

def changes(script, heads, context):
    models = context.opts.get('target_metadata')
    if models is None or pending(script, heads):
        return None
    directives = [produce_migrations(context, models)]
    if context.opts.get('process_revision_directives'):
        context.opts['process_revision_directives'](context, heads, directives)
    return [say(difference) for directive in directives for difference in directive.upgrade_ops.as_diffs()]

answer(look(changes))
)py";

}  // namespace lastgood::alembic_questions

# Upgrades (V1 to V4): whoever comes from a released version by its scripts has, object by object, what a fresh
# installation has; with the files of another version than the SQL workers idle and say so; what is under way goes on.
use strict;
use warnings;

use CampaignTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1s');
my ($current) = $node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'campaign'});
my @released = split /\n/, $node->safe_psql('postgres', "SELECT source FROM pg_extension_update_paths('campaign') WHERE target = '$current' AND path IS NOT NULL ORDER BY 1");
cmp_ok(scalar @released, '>', 0, "released before $current: @released");

# ---- both ways of arriving ------------------------------------------------------------------------------------------

# Everything that a database has of the extension, a line for each property: "what of which|value". Columns go by name,
# since those that come later stand last.
my $properties = q{
	WITH member AS (SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'campaign'
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
	relation AS (SELECT c.* FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid),
	routine AS (SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
	SELECT 'member ' || pg_describe_object(m.classid, m.objid, 0), '' FROM member m
	UNION ALL SELECT 'relation ' || c.oid::regclass, concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, pg_get_partkeydef(c.oid), (SELECT r.rolname FROM pg_roles r WHERE r.oid = c.relowner)) FROM relation c
	UNION ALL SELECT 'privileges of relation ' || c.oid::regclass, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(c.relacl) a) FROM relation c
	UNION ALL SELECT 'dumped part of ' || c.oid::regclass, x.condition FROM relation c LEFT JOIN (SELECT unnest(e.extconfig) AS oid, unnest(e.extcondition) AS condition, true AS is_dumped FROM pg_extension e WHERE e.extname = 'campaign') x ON x.oid = c.oid WHERE x.is_dumped
	UNION ALL SELECT format('column %s.%s', c.oid::regclass, a.attname), concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, a.attcompression, a.attstattarget, pg_get_expr(f.adbin, f.adrelid), a.attacl::text)
		FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'v', 'c', 'm')
	UNION ALL SELECT format('constraint %s of %s', k.conname, c.oid::regclass), concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated) FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid
	UNION ALL SELECT 'index ' || i.indexrelid::regclass, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident) FROM relation c JOIN pg_index i ON i.indrelid = c.oid
	UNION ALL SELECT format('trigger %s of %s', t.tgname, c.oid::regclass), concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled) FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
	UNION ALL SELECT format('policy %s of %s', p.polname, c.oid::regclass), concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM relation c JOIN pg_policy p ON p.polrelid = c.oid
	UNION ALL SELECT 'view ' || c.oid::regclass, pg_get_viewdef(c.oid) FROM relation c WHERE c.relkind = 'v'
	UNION ALL SELECT 'sequence ' || c.oid::regclass, concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, (SELECT format('of %s.%s', d.refobjid::regclass, d.refobjsubid) FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
		FROM relation c JOIN pg_sequence s ON s.seqrelid = c.oid
	UNION ALL SELECT 'function ' || p.oid::regprocedure, concat_ws(' ', CASE p.prokind WHEN 'a' THEN 'aggregate ' || p.proname ELSE pg_get_functiondef(p.oid) END, (SELECT r.rolname FROM pg_roles r WHERE r.oid = p.proowner)) FROM routine p
	UNION ALL SELECT 'privileges of function ' || p.oid::regprocedure, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(p.proacl) a) FROM routine p
	UNION ALL SELECT 'initial privileges of ' || pg_describe_object(i.classoid, i.objoid, i.objsubid), (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(i.initprivs) a) FROM pg_init_privs i JOIN member m ON m.classid = i.classoid AND m.objid = i.objoid
	UNION ALL SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, t.typnotnull, t.typdefault, t.typbasetype::regtype, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contypid = t.oid))
		FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
	UNION ALL SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description FROM pg_description d JOIN member m ON m.classid = d.classoid AND m.objid = d.objoid
	UNION ALL SELECT format('comment on %s of %s', k.conname, c.oid::regclass), d.description FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid};

# a query for the rows that the scripts themselves put in; what an instance is called is its own
my $rows = q{SELECT string_agg(format('SELECT %L || to_jsonb(t)::text FROM campaign.%I t', 'row of ' || c.relname || ': ', c.relname), ' UNION ALL ')
	FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('instance', 'log_identity')};

sub snapshot
{
	my ($database) = @_;
	my %all;
	for (split /\x1e/, scalar $node->safe_psql($database, $properties, extra_params => [ '-F', "\x1f", '-R', "\x1e" ]))
	{
		my ($what, $value) = split /\x1f/, $_, 2;
		$all{$what} = $value;
	}
	my $query = $node->safe_psql($database, $rows);
	$all{$_} = '' for split /\x1e/, scalar $node->safe_psql($database, $query, extra_params => [ '-R', "\x1e" ]);
	return \%all;
}

# what a script has to do to make the one the other
sub missing
{
	my ($by_scripts, $fresh) = @_;
	return join "\n", (map { "to be made: $_" . ($fresh->{$_} eq '' ? '' : " = $fresh->{$_}") } grep { !exists $by_scripts->{$_} } sort keys %$fresh),
		(map { "to be dropped: $_" } grep { !exists $fresh->{$_} } sort keys %$by_scripts),
		(map { "to be changed: $_\n  is      $by_scripts->{$_}\n  is to be $fresh->{$_}" } grep { exists $by_scripts->{$_} && $by_scripts->{$_} ne $fresh->{$_} } sort keys %$fresh);
}

# campaign is in no database but these, so that no worker writes while they are compared
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION campaign; SELECT campaign.virtual_time(true)');
my $fresh = snapshot('fresh');
cmp_ok(scalar keys %$fresh, '>', 3000, 'a fresh installation has ' . scalar(keys %$fresh) . ' properties');
is($node->safe_psql('fresh', q{SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relpersistence <> 'p'}), '0', 'no table is emptied by a crash');
for my $version (@released)
{
	my $database = 'from_' . $version =~ tr/./_/r;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION campaign VERSION '$version'; SELECT campaign.virtual_time(true)");
	is($node->safe_psql($database, q{SELECT campaign.library_version()}), $current, "the functions of $version are in the library of $current (V2)");
	cmp_ok(length missing(snapshot($database), $fresh), '>', 100, "$version is another version");
	$node->safe_psql($database, 'ALTER EXTENSION campaign UPDATE');
	is(missing(snapshot($database), $fresh), '', "updated from $version it is what a fresh installation is")
		or diag("add this to sql/campaign--$version--$current.sql: see 'A change of SQL after a release' in docs/contributing.md");
}
# what is looked at is looked at
my ($one) = map { 'from_' . tr/./_/r } $released[-1];
for ([ 'ALTER TABLE campaign.prospect ALTER phone SET DEFAULT 1', 'column campaign.prospect.phone' ], [ 'DROP POLICY reading ON campaign.list', 'policy reading of campaign.list' ],
	[ 'GRANT SELECT ON campaign.list TO PUBLIC', 'privileges of relation campaign.list' ], [ 'COMMENT ON TABLE campaign.list IS NULL', 'comment on table campaign.list' ],
	[ q{DELETE FROM campaign.event_kind WHERE name = 'replied'}, 'row of event_kind: ' ], [ 'ALTER FUNCTION campaign.wake() STABLE', 'function campaign.wake()' ],
	[ q{UPDATE pg_extension SET extcondition[1] = 'WHERE false'}, 'dumped part of campaign.' ], [ 'ALTER SEQUENCE campaign.list_id_seq CACHE 5', 'sequence campaign.list_id_seq' ],
	[ 'CREATE INDEX by_name ON campaign.list (name)', 'index campaign.by_name' ])
{
	my ($change, $what) = @$_;
	$node->safe_psql('postgres', "CREATE DATABASE changed TEMPLATE $one");
	$node->safe_psql('changed', "SET allow_system_table_mods = on; $change");
	like(missing(snapshot('changed'), $fresh), qr/^to be (?:made|dropped|changed): \Q$what\E/m, "a difference would be seen: $change");
	$node->safe_psql('postgres', 'DROP DATABASE changed WITH (FORCE)');
}

# ---- with people in it, and workers --------------------------------------------------------------------------------------

my ($error, $dump);
$node->safe_psql('postgres', "CREATE EXTENSION campaign VERSION '$released[0]'");
$node->safe_psql('postgres', q{
	CREATE ROLE reader LOGIN; CREATE ROLE caller LOGIN;
	SELECT campaign.grant_access('reader', 'default', 'viewer'), campaign.grant_access('caller', 'default', 'callback');
	INSERT INTO campaign.channel (id, name, transport) VALUES (1001, 'own', 'outbox');
	INSERT INTO campaign.member (id, name) VALUES (1001, 'Ann');
	INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (1001, 1001, 1001, 'ann@example.com');
	INSERT INTO campaign.prospect (id, external_id, email) SELECT n, n, n || '@example.com' FROM generate_series(1001, 1010) n;
	SELECT campaign.create_sequence('mails', '[{"email": {"subject": "x", "body": "x"}}]');
	SELECT campaign.create_campaign('mails', 'mails', 1001, '{1001}');
	SELECT campaign.launch(campaign.campaign_id('mails'));
	SELECT count(*) FROM campaign.enroll(campaign.campaign_id('mails'), ARRAY(SELECT id FROM campaign.prospect));
});
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status = 'idle: library $current does not fit extension $released[0]'", '2', 30),
	'with older SQL workers idle, and say which versions do not fit');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.outbox'), '0', 'and nothing is sent');

# a server that was not restarted has the old library in memory (V1)
$node->safe_psql('postgres', "CREATE OR REPLACE FUNCTION campaign.library_version() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS \$\$ SELECT '$released[0]'::text \$\$");
is($node->psql('postgres', 'ALTER EXTENSION campaign UPDATE', stderr => \$error), 3, 'where the library is that of before, the script does nothing');
like($error, qr/ERROR:  the library that is loaded is of version \Q$released[0]\E\n.*HINT:  Restart the server/s, 'and says what to do');
is($node->safe_psql('postgres', q{SELECT extversion FROM pg_extension WHERE extname = 'campaign'}), $released[0], 'all is as before');
$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION campaign.library_version() RETURNS text LANGUAGE c IMMUTABLE PARALLEL SAFE AS '$libdir/campaign', 'campaign_api_library_version'});

# an update waits for nobody's round, and workers for it (V3, V4)
is($node->psql('postgres', 'ALTER EXTENSION campaign UPDATE', stderr => \$error, timeout => 30), 0, 'it is updated while workers are there') or diag($error);
ok(poll_until($node, 'SELECT count(*) FROM campaign.outbox', '10', 30), 'and what was enrolled before is sent, without a restart');
is($node->safe_psql('postgres', 'SELECT * FROM campaign.versions()'), "$current|$current|$current|", 'versions() has nothing to be done');
is($node->safe_psql('postgres', q{SELECT has_function_privilege('reader', 'campaign.versions()', 'EXECUTE'), has_function_privilege('caller', 'campaign.versions()', 'EXECUTE')}),
	't|f', 'who had a level before has what it brings, and nobody else');
$node->command_ok([ 'pg_dump', '--no-sync', '--file', $dump = PostgreSQL::Test::Utils::tempdir() . '/updated.sql', 'postgres' ], 'it can be dumped');
like(slurp_file($dump), qr/^GRANT ALL ON FUNCTION campaign\.versions\(.*\) TO reader;$/m, 'with those rights');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'restored', '-f', $dump ], 'and restored into a fresh installation');
is($node->safe_psql('restored', q{SELECT has_function_privilege('reader', 'campaign.versions()', 'EXECUTE'), (SELECT count(*) FROM campaign.enrollment)}), 't|10', 'where they are again');

# the reverse: newer SQL than the library
$node->safe_psql('postgres', q{SET allow_system_table_mods = on; UPDATE pg_extension SET extversion = '99.0' WHERE extname = 'campaign'});
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status = 'idle: library $current does not fit extension 99.0'", '2', 30), 'with newer SQL they idle, too');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing has crashed');
done_testing();

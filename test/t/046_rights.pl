# Rights (B10): every function, table, view and sequence of the catalog is tried at each level, by a login, and held
# against what sql/99_levels.sql declares; nothing of another workspace is seen or changed through any of them; and
# nobody can have code of his own run as the owner by putting it before that of the server.
# Runs beside others.
use strict;
use warnings;

use CampaignTest;
use PostgreSQL::Test::Utils;
use Test::More;

# no workers: what does not rest could not be compared
my $node = new_node(shared_preload_libraries => '');
my @levels = qw(viewer operator agent callback admin);
my %includes = (admin => \@levels, operator => [qw(operator viewer agent callback)], map { $_ => [$_] } qw(viewer agent callback));

# as_role($role, $sql): rows of what a login of that role gets, fields apart by tabs.
sub as_role
{
	my ($role, $sql) = @_;
	my ($out, $error) = ('', '');
	$node->psql('postgres', "SET client_min_messages = error; SET statement_timeout = '20s'; SET jit = off; $sql", stdout => \$out, stderr => \$error,
		extra_params => [ '-U', $role, '-F', "\t", '-R', "\x1e" ]);
	diag("$role: $error") if $error;
	return map { [ split /\t/, $_, -1 ] } split /\x1e/, $out =~ s/\n\z//r;
}

# ---- two workspaces with something in each table that people fill -----------------------------------------------

$node->safe_psql('postgres', 'CREATE EXTENSION campaign; SELECT campaign.virtual_time(true)');
$node->safe_psql('postgres', q{INSERT INTO campaign.workspace (id, name) VALUES (70, 'north'), (71, 'south')});
for my $workspace (qw(north south))
{
	my $word = $workspace eq 'south' ? 'wombat' : 'quokka';
	$node->safe_psql('postgres', qq{
		SET campaign.workspace = '$workspace';
		SET campaign.now = '2026-01-05 09:00+00';
		INSERT INTO campaign.channel (name, transport) VALUES ('$word desk', 'agent');
		INSERT INTO campaign.member (name) VALUES ('$word');
		INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, c.id, '$word' FROM campaign.member m, campaign.channel c
			WHERE m.name = '$word' AND c.name = '$word desk';
		INSERT INTO campaign.quota (scope, account_id, period, max_actions) VALUES ('account', campaign.account_id('$word'), 'day', 10);
		INSERT INTO campaign.prospect (external_id, email, first_name) SELECT '$word-' || n, '$word' || n || '\@$word.example', '$word' FROM generate_series(1, 3) n;
		INSERT INTO campaign.list (name) VALUES ('$word');
		INSERT INTO campaign.list_prospect (list_id, prospect_id) SELECT campaign.list_id('$word'), campaign.prospect_id('$word-1');
		INSERT INTO campaign.agreement (prospect_id, external_id, payment_type) VALUES (campaign.prospect_id('$word-1'), '$word', 'recurring');
		INSERT INTO campaign.message_template (name, body) VALUES ('$word', '$word');
		INSERT INTO campaign.holiday (country, day) VALUES ('$word', '2026-01-01');
		SELECT campaign.suppress('domain', '$word.example', '$word');
		SELECT campaign.set_secret('$word', '$word');
		SELECT campaign.create_sequence('$word', '[{"task": {"title": "$word"}}]');
		SELECT campaign.create_audience('$word', '[{"name": "theirs", "where": "\$.prospect.email == \\"$word\\""}]');
		SELECT campaign.create_campaign('$word', '$word', (SELECT id FROM campaign.member WHERE name = '$word'), ARRAY[campaign.account_id('$word')]);
		SELECT campaign.launch(campaign.campaign_id('$word'));
		SELECT count(*) FROM campaign.enroll(campaign.campaign_id('$word'), ARRAY[campaign.prospect_id('$word-1'), campaign.prospect_id('$word-2')]);
		SELECT campaign.open_session(campaign.campaign_id('$word'), 'sign_up', '$word lead', member => (SELECT id FROM campaign.member WHERE name = '$word'));
		SELECT campaign.record_event('replied', campaign.prospect_id('$word-2'), detail => '{"text": "$word"}');
	});
}
# a few rounds bring queue and log to life
$node->safe_psql('postgres', q{SET campaign.now = '2026-01-05 09:00+00'; SELECT campaign.tick(); SELECT campaign.tick()});
my %id = map { $_->[0] => $_->[1] } as_role($node->safe_psql('postgres', 'SELECT current_user'),
	q{SELECT 'member', id FROM campaign.member WHERE name = 'quokka'});
for my $level (@levels)
{
	$node->safe_psql('postgres', "CREATE ROLE the_$level LOGIN; SELECT campaign.grant_access('the_$level', 'north', '$level'"
		. ($level eq 'agent' ? ", member => $id{member})" : ')'));
}
# has all grants, from the south, and reads the north
$node->safe_psql('postgres', q{CREATE ROLE the_reader_elsewhere LOGIN; SELECT campaign.grant_access('the_reader_elsewhere', 'north', 'viewer'),
	campaign.grant_access('the_reader_elsewhere', 'south', 'admin'); CREATE ROLE the_nobody LOGIN});
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', 'test/sql/include/attempts.sql' ], 'attempts are made');
$node->safe_psql('postgres', q{INSERT INTO attempts.given VALUES ('workspace', 'north'), ('role', 'the_viewer'), ('level', 'viewer'), ('member', '} . $id{member} . q{')});

# ---- functions: what is declared is what happens -----------------------------------------------------------------

my %level_of; # signature => levels
my %definer;
for (as_role('postgres', q{SELECT p.oid::regprocedure, COALESCE((SELECT string_agg(r.level, ',') FROM campaign.level_right r WHERE r.kind = 'routine' AND r.name = p.proname), ''), p.prosecdef
	FROM pg_proc p WHERE p.pronamespace = 'campaign'::regnamespace AND p.prorettype <> 'trigger'::regtype}))
{
	$level_of{ $_->[0] } = { map { $_ => 1 } split /,/, $_->[1] };
	$definer{ $_->[0] } = $_->[2] eq 't';
}
cmp_ok(scalar keys %level_of, '>', 300, 'there are functions to try');

# differences(\%expected, \%seen): those where what happened is not what was said.
sub differences
{
	my ($expected, $seen) = @_;
	return [ map { "$_: " . ($expected->{$_} // 'not expected') . ', seen ' . ($seen->{$_} // 'nothing') }
		grep { ($expected->{$_} // '') ne ($seen->{$_} // '') =~ s/ .*//sr } sort keys %{ { %$expected, %$seen } } ];
}

my $now = q{SET campaign.now = '2026-01-05 09:00+00';};
for my $level (@levels, 'nobody')
{
	my @has = @{ $includes{$level} // [] };
	my %expected = map { my $name = $_; ($name => (grep { $level_of{$name}{$_} } @has) ? 'ok' : 'refused') } keys %level_of;
	my %seen = map { ($_->[0] => $_->[1] eq '42501' ? "refused ($_->[2])" : "ok ($_->[1])") } as_role("the_$level", "SET campaign.workspace = 'north'; $now SELECT * FROM attempts.routines()");
	# what cannot be called beside others is asked about
	$seen{ $_->[0] } //= $_->[1] eq 't' ? 'ok' : 'refused' for as_role("the_$level", q{SELECT p.oid::regprocedure, has_function_privilege(p.oid, 'EXECUTE')
		FROM pg_proc p WHERE p.pronamespace = 'campaign'::regnamespace AND p.prorettype <> 'trigger'::regtype});
	is(join("\n", @{ differences(\%expected, \%seen) }), '', "$level: functions")
		or diag('add the function to sql/99_levels.sql at its level, or begin it by acting_workspace(level)');
}
# grants know no workspace: each function that runs as the owner asks for the level in this one
my %elsewhere = map { ($_->[0] => $_->[1]) } as_role('the_reader_elsewhere', "SET campaign.workspace = 'north'; $now SELECT * FROM attempts.routines()");
is_deeply([ map { "$_: $elsewhere{$_}" } grep { $definer{$_} && %{ $level_of{$_} } && !$level_of{$_}{viewer} && $elsewhere{$_} ne '42501' } sort keys %elsewhere ],
	[], 'an admin of the south who reads the north: functions ask for the level in the north');

# ---- tables, views and sequences -----------------------------------------------------------------------------------

for my $level (@levels, 'nobody')
{
	my %declared;
	$declared{"$_->[0] $_->[1]"} = 1 for as_role('postgres', q{SELECT r.name, trim(x) FROM campaign.level_right r, unnest(string_to_array(r.privileges, ',')) x
		WHERE r.kind IN ('table', 'sequence') AND r.level IN ('} . join("', '", 'none', @{ $includes{$level} // [] }) . q{')});
	my (@wrong, $n);
	for (as_role("the_$level", 'SELECT * FROM attempts.relations()'))
	{
		my ($relation, $privilege, $state, $message) = @$_;
		# what cannot be written to is refused, too; a sequence may be looked at by who uses it, or not
		my $refused = $state eq '42501' || $state eq '55000' && $privilege =~ /INSERT|UPDATE|DELETE/;
		$n++;
		push @wrong, "$privilege on $relation: $state $message" if !!$declared{"$relation $privilege"} == !!$refused;
		push @wrong, "$privilege on $relation failed: $state $message" if $declared{"$relation $privilege"} && $state ne '00000';
	}
	is_deeply(\@wrong, [], "$level: tables, views and sequences");
	cmp_ok($n, '>', 300, 'which are many');
}

# ---- two workspaces --------------------------------------------------------------------------------------------------

# all that is the south's, but what moves by itself
sub south
{
	my @tables = as_role('postgres', q{SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
		WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1});
	return { map { $_->[0] => $node->safe_psql('postgres', "SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM campaign.$_->[0] t WHERE t.workspace_id = 71") } @tables };
}

my $before = south();
cmp_ok(scalar(grep { !/^0\|/ } values %$before), '>', 20, 'tables that have rows of the south');
# the north's admin is given ids of the south for whatever asks for one
$node->safe_psql('postgres', q{DELETE FROM attempts.given; SET campaign.workspace = 'south';
	INSERT INTO attempts.given
	SELECT n, id::text FROM (VALUES (campaign.campaign_id('wombat'), '{campaign,id}'::text[]), (campaign.prospect_id('wombat-1'), '{prospect,prospects,others}'),
		(campaign.account_id('wombat'), '{account,accounts}'), ((SELECT m.id FROM campaign.member m WHERE m.name = 'wombat'), '{member,owner}'),
		((SELECT min(a.id) FROM campaign.action a WHERE a.workspace_id = 71), '{action,actions}'), (campaign.list_id('wombat'), '{list}'),
		(campaign.audience_id('wombat'), '{audience}'), ((SELECT min(a.id) FROM campaign.agreement a WHERE a.workspace_id = 71), '{agreement}')) v (id, names), unnest(v.names) n WHERE id IS NOT NULL});
for my $level (qw(admin operator viewer agent callback))
{
	my @said = as_role("the_$level", "SET campaign.workspace = 'north'; $now SELECT * FROM attempts.routines(stays => true)");
	is_deeply([ grep { /wombat/ } map { "$_->[0]: " . ($_->[2] // '') } @said ], [], "$level: no function tells of the south");
	my @views = as_role('postgres', q{SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition ORDER BY 1});
	my @told = map { $_->[0] } grep { ($_->[1] // '') =~ /wombat/ } map { my $view = $_->[0]; map { [ $view, $_->[1] ] }
		as_role("the_$level", "SELECT o.state, o.message FROM attempts.outcome('SELECT * FROM campaign.$view') o") } @views;
	is_deeply(\@told, [], "$level: no table or view does");
}
is_deeply(south(), $before, 'and nothing of the south has changed');
is_deeply([ map { $_->[0] } as_role('the_admin', q{SELECT c.relname, o.state FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id',
	LATERAL attempts.outcome(format('UPDATE campaign.%I SET workspace_id = 71 RETURNING workspace_id', c.relname)) o
	WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'campaign') AND c.relkind = 'r' AND has_table_privilege(c.oid, 'UPDATE') AND o.message LIKE '%71%' AND o.state = '00000'}) ],
	[], 'no row can be moved there');
# a function that would tell, were it asked before the policies are
is_deeply([ as_role('the_admin', q{CREATE FUNCTION pg_temp.leak(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN IF x LIKE '%wombat%' THEN RAISE EXCEPTION 'leaked %', x; END IF; RETURN true; END $$;
	SELECT count(*) FILTER (WHERE pg_temp.leak(p::text)) >= 0 FROM campaign.prospect p WHERE pg_temp.leak(p.email)
	UNION ALL SELECT count(*) >= 0 FROM campaign.prospect_status s WHERE pg_temp.leak(s.external_id)
	UNION ALL SELECT count(*) >= 0 FROM campaign.overview o WHERE pg_temp.leak(o.campaign)
	UNION ALL SELECT count(*) >= 0 FROM campaign.queue q WHERE pg_temp.leak(q.external_id)}) ], [ ['t'], ['t'], ['t'], ['t'] ], 'functions in conditions see rows of the north alone');

# ---- code put before that of the server ----------------------------------------------------------------------------------

# Each operator, function and cast of the server that could stand in a statement of ours has a double in front, which
# says so if it runs as somebody else than who made it.
$node->safe_psql('postgres', 'CREATE SCHEMA trap; GRANT ALL ON SCHEMA trap TO PUBLIC');
my ($doubles) = as_role('the_admin', q{
	SET check_function_bodies = off;
	DO $do$
	DECLARE
		o record;
	BEGIN
		FOR o IN SELECT p.oid, p.proname, p.pronargs, pg_get_function_identity_arguments(p.oid) AS takes, pg_get_function_result(p.oid) AS gives FROM pg_proc p
			WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.pronargs BETWEEN 0 AND 3 AND p.provariadic = 0 AND p.proargmodes IS NULL
			  AND p.prorettype NOT IN (SELECT t.oid FROM pg_type t WHERE t.typtype = 'p')
			  AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) a JOIN pg_type t ON t.oid = a WHERE t.typtype = 'p')
			  AND (p.proname ~ '^(now|lower|upper|format|quote_|jsonb_|json_|to_|date_|timezone|array_|string_|current_|set_config|md5|sha256|encode|decode|convert|length|substr|btrim|trim|rtrim|strpos|left|right|replace|regexp|has_|pg_has_role|textcat|nextval|setval|make_|extract|random|clock_)'
			       OR EXISTS (SELECT FROM pg_operator x WHERE x.oprcode = p.oid))
		LOOP
			EXECUTE format($f$CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS
				'BEGIN IF current_user OPERATOR(pg_catalog.<>) ''the_admin'' THEN RAISE EXCEPTION ''captured %%'', current_user; END IF; RETURN pg_catalog.%I(%s); END'$f$,
				o.proname, regexp_replace(o.takes, '"?\w+"? (?=timestamp|interval)', '', 'g'), o.gives, o.proname, (SELECT string_agg('$' || n, ', ') FROM generate_series(1, o.pronargs) n));
		END LOOP;
		FOR o IN SELECT x.oprname, x.oprleft, x.oprright, p.proname FROM pg_operator x JOIN pg_proc p ON p.oid = x.oprcode
			WHERE x.oprnamespace = 'pg_catalog'::regnamespace AND x.oprkind = 'b'
			  AND EXISTS (SELECT FROM pg_proc q WHERE q.pronamespace = 'trap'::regnamespace AND q.proname = p.proname AND q.proargtypes = p.proargtypes)
		LOOP
			EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.%I)', o.oprname, o.oprleft::regtype, o.oprright::regtype, o.proname);
		END LOOP;
	END
	$do$;
	SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = 'trap'::regnamespace), (SELECT count(*) FROM pg_operator WHERE oprnamespace = 'trap'::regnamespace)});
cmp_ok($doubles->[0], '>', 300, "functions in front: $doubles->[0]");
cmp_ok($doubles->[1], '>', 300, "operators: $doubles->[1]");
my $trap = q{
	CREATE TEMPORARY VIEW campaign AS SELECT 1 AS a; CREATE TEMPORARY TABLE pg_class (LIKE pg_catalog.pg_class); CREATE TEMPORARY TABLE pg_roles (LIKE pg_catalog.pg_roles);
	CREATE TEMPORARY TABLE prospect (LIKE campaign.prospect); CREATE TEMPORARY TABLE access (workspace_id bigint, role name, level text, member_id bigint);
	SET attempts.search_path = 'trap, pg_temp, pg_catalog';};
my @tried = as_role('the_admin', "SET campaign.workspace = 'north'; $now $trap
	UPDATE_GIVEN SELECT * FROM attempts.routines()" =~ s/UPDATE_GIVEN//r);
is_deeply([ map { "$_->[0]: $_->[2]" } grep { ($_->[2] // '') =~ /captured/ } @tried ], [], 'no function runs any of it as its owner');
my @read = as_role('the_admin', "SET campaign.workspace = 'north'; $now $trap
	SELECT c.relname, o.state, o.message FROM pg_catalog.pg_class c, LATERAL attempts.outcome(format('SELECT * FROM campaign.%I', c.relname)) o
	WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'campaign') AND c.relkind IN ('r', 'v', 'p')");
is_deeply([ map { "$_->[0]: $_->[2]" } grep { ($_->[2] // '') =~ /captured/ } @read ], [], 'no policy or view does');
# the traps work: where a function of the owner does not fix its path it is caught
$node->safe_psql('postgres', q{CREATE FUNCTION attempts.careless() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN ''a''::text = ''b''::text; END'});
like((as_role('the_admin', "$trap SELECT o.state, o.message FROM attempts.outcome('SELECT attempts.careless()') o"))[0][1], qr/^captured/, 'which would have been seen');

$node->stop('fast');
done_testing();

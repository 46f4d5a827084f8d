# A dump carries all that users have made and nothing that the script makes anew: restored into
# another database it gives the same dump again, and tenants are kept apart there too (B10).
# Runs beside others.
use strict;
use warnings;

use CampaignTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node();

# as_role($database, $role, $sql): what a login of that role gets, or its error.
sub as_role
{
	my ($database, $role, $sql) = @_;
	my ($out, $error) = ('', '');
	$node->psql($database, $sql, stdout => \$out, stderr => \$error, extra_params => [ '-U', $role ]);
	return $error =~ /^psql:.*?ERROR:\s+(.*)$/m ? $1 : $error =~ /ERROR:\s+(.*)$/m ? $1 : $out;
}

# dump($database): its dump as text, without the key that each dump makes up.
sub dump_of
{
	my ($database) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$database.sql";
	$node->command_ok([ 'pg_dump', '--no-sync', '--file', $file, $database ], "$database can be dumped");
	my $text = slurp_file($file);
	$text =~ s/^\\(?:un)?restrict .*\n//mg;
	return ($file, $text);
}

# ---- a database with two tenants and something in every corner ---------------------------------------

$node->safe_psql('postgres', q{
	CREATE DATABASE origin;
	CREATE DATABASE copy;
	CREATE ROLE north_user LOGIN;
	CREATE ROLE south_user LOGIN;
	CREATE ROLE nobody_user LOGIN;
});
$node->safe_psql('origin', q{
	CREATE EXTENSION campaign;
	INSERT INTO campaign.workspace (name, merchant) VALUES ('north', 'North & Söhne'), ('south', NULL);
	INSERT INTO campaign.workspace_setting (workspace_id, time_zone) VALUES (1, 'Europe/Paris');
	-- own rows of shared tables, one of them in place of a built-in one
	INSERT INTO campaign.plan (name, channel_classes) VALUES ('own', '{email}');
	INSERT INTO campaign.action_kind (name, channel_class, intention) VALUES ('fax', 'paper', 'send a fax'), ('visit', 'linkedin', 'look twice');
	INSERT INTO campaign.event_kind (name, notify) VALUES ('demo_booked', true), ('replied', false);
	INSERT INTO campaign.provider_limit VALUES ('linkedin', 'invite', 'week', 50), ('fax.example', 'fax', 'day', 3);
	SELECT campaign.grant_access('north_user', 'north', 'operator');
	SELECT campaign.grant_access('south_user', 'south', 'viewer');
	SELECT campaign.grant_access('south_user', 'default', 'admin');
	SELECT campaign.instance_uuid();
});
for my $workspace (qw(default north south))
{
	$node->safe_psql('origin', qq{
		SET campaign.workspace = '$workspace';
		INSERT INTO campaign.channel (name, transport) VALUES ('own', 'outbox');
		INSERT INTO campaign.member (name) VALUES ('Ann of $workspace');
		INSERT INTO campaign.account (member_id, channel_id, address)
		SELECT m.id, c.id, 'ann\@$workspace.example' FROM campaign.member m, campaign.channel c
		WHERE m.workspace_id = campaign.current_workspace() AND c.workspace_id = m.workspace_id AND c.name = 'own';
		INSERT INTO campaign.quota (scope, account_id, period, max_actions)
		VALUES ('account', campaign.account_id('ann\@$workspace.example'), 'day', 10);
		CREATE TEMPORARY TABLE leads AS SELECT n AS external_id, n || '\@$workspace.example' AS email, 'Zoë' AS first_name, '{a,b}' AS pets
			FROM generate_series(1, 50) n;
		SELECT count(*) FROM campaign.import_prospects('leads', list => 'all');
		CREATE TEMPORARY TABLE known AS SELECT external_id, 'ann\@$workspace.example' AS account, 'connected' AS state, date '2026-01-05' AS since FROM leads;
		SELECT count(*) FROM campaign.import_relations('known');
		INSERT INTO campaign.agreement (prospect_id, external_id, payment_type)
		SELECT p.id, 'sub ' || p.external_id, 'recurring' FROM campaign.prospect p WHERE p.workspace_id = campaign.current_workspace();
		SELECT campaign.suppress('domain', '$workspace.example', 'ours');
		SELECT campaign.create_sequence('intro', '[{"visit": {}}, {"delay": "1 day"}, {"message": {"body": "Hello {{first_name}}"}}]');
		SELECT campaign.create_campaign('Spring of $workspace', 'intro',
			(SELECT min(id) FROM campaign.member WHERE workspace_id = campaign.current_workspace()),
			ARRAY[campaign.account_id('ann\@$workspace.example')], description => 'with an accent: é');
		INSERT INTO campaign.enrollment (workspace_id, campaign_id, prospect_id, base_at, step_at, started_at, ended_at, end_kind, status, halt)
		SELECT p.workspace_id, campaign.campaign_id('Spring of $workspace'), p.id, now(), now(), now(), now(), 'success', 'finished', 4
		FROM campaign.prospect p WHERE p.workspace_id = campaign.current_workspace();
		INSERT INTO campaign.session (workspace_id, campaign_id, action_kind, status, contact, created_at, completed_at, expires_at)
		VALUES (campaign.current_workspace(), campaign.campaign_id('Spring of $workspace'), 'sign_up', 'complete', '{"first_name": "Eve"}', now(), now(), now());
	});
}
# the sealer numbers what these commands wrote; a dump between would not be the last word
my $sealed = wait_until(
	sub { $node->safe_psql('origin', 'SELECT count(*) FROM campaign.batch WHERE position IS NULL') eq '0' }, 20);
ok($sealed, 'the log is sealed');

# ---- dump, restore, dump -----------------------------------------------------------------------------------

my ($file, $first) = dump_of('origin');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'copy', '-f', $file ],
	'the dump can be restored into another database');
my (undef, $second) = dump_of('copy');
is(length $second, length $first, 'the dump of the copy is as long');
ok($second eq $first, 'and it is the same text') or do
{
	my @lines = split /\n/, $first;
	my @others = split /\n/, $second;
	my ($at) = grep { ($lines[$_] // '') ne ($others[$_] // '') } 0 .. $#lines;
	diag("line $at: ", $lines[$at] // 'nothing', ' became ', $others[$at] // 'nothing') if defined $at;
};

# ---- what is in the copy -----------------------------------------------------------------------------------------

for my $table (qw(plan action_kind event_kind provider_limit workspace channel))
{
	my $sql = "SELECT count(*) FILTER (WHERE built_in), count(*) FILTER (WHERE NOT built_in) FROM campaign.$table";
	is($node->safe_psql('copy', $sql), $node->safe_psql('origin', $sql),
		"own rows of $table are there, and built-in ones once");
}
for my $table (qw(prospect agreement session relation enrollment step campaign_account suppression access event batch))
{
	my $sql = "SELECT count(*) FROM campaign.$table";
	my $rows = $node->safe_psql('origin', $sql);
	cmp_ok($rows, '>', 0, "$table has rows");
	is($node->safe_psql('copy', $sql), $rows, "and as many in the copy");
}
is($node->safe_psql('copy', 'SELECT uuid FROM campaign.instance'),
	$node->safe_psql('origin', 'SELECT uuid FROM campaign.instance'), 'keys will be made from the same uuid');
# a link in a mail that left before the dump (B13): ids and a signature, made here as docs and code say it is
my $token = $node->safe_psql('origin', q{
	SELECT translate(rtrim(encode(t.ids || substring(campaign.hmac(i.link_key, 'campaign unsubscribe 1:'::bytea || '\x00'::bytea || t.ids) FOR 16), 'base64'), '='), '+/', '-_')
	FROM campaign.instance i, campaign.prospect p, LATERAL (SELECT int8send(1) || int8send(p.id) || int8send(1)) t (ids)
	WHERE p.workspace_id = 1 AND p.external_id = '7'});
is($node->safe_psql('copy', "SELECT campaign.unsubscribe('$token')"), 't', 'a link in a mail opts out in the copy, too');
is($node->safe_psql('copy', q{SELECT kind, value FROM campaign.suppression WHERE reason = 'unsubscribed' ORDER BY 1}),
	"email|7\@default.example\nperson|7\@default.example", 'whom it is of');
is($node->safe_psql('copy', q{SELECT count(*) FROM pg_policy WHERE polname IN ('reading', 'inserting', 'updating', 'deleting')}),
	$node->safe_psql('origin', 'SELECT count(*) FROM pg_policy'), 'every policy is there');

# ---- rights in the copy -----------------------------------------------------------------------------------------------

is(as_role('copy', 'north_user', 'SELECT count(*), count(*) FILTER (WHERE email LIKE $$%@north.example$$) FROM campaign.prospect'),
	'50|50', 'an operator reads the own workspace');
is(as_role('copy', 'north_user', q{INSERT INTO campaign.prospect (external_id) VALUES ('new') RETURNING id > 1000}),
	't', 'and writes there, with an id of its own');
is(as_role('copy', 'north_user', 'SELECT campaign.account_id($$ann@south.example$$)'),
	'account "ann@south.example" does not exist', 'functions find nothing of others');
is(as_role('copy', 'north_user', 'SET campaign.workspace = $$south$$; SELECT campaign.suppress($$domain$$, $$example.org$$)'),
	'no access to workspace "south"', 'and act nowhere else');
is(as_role('copy', 'south_user', 'SELECT count(*) FROM campaign.prospect'), '100', 'one with two workspaces reads both');
is(as_role('copy', 'south_user', 'SET campaign.workspace = $$south$$; SELECT campaign.suppress($$domain$$, $$example.org$$)'),
	'role "south_user" may not do this in workspace "south"', 'the levels are those of each workspace');
is(as_role('copy', 'nobody_user', 'SELECT count(*) FROM campaign.prospect'),
	'permission denied for schema campaign', 'who was granted nothing gets nothing');
is(as_role('copy', 'south_user', q{SELECT campaign.grant_access('nobody_user', 'default', 'viewer')}), '', 'access can be granted');
is(as_role('copy', 'nobody_user', 'SELECT count(*) FROM campaign.prospect'), '50', 'and is at once there');

$node->stop('fast');
done_testing();

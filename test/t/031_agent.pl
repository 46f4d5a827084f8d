# Agents work a queue from end to end, as roles of their own: nothing is given to two of them, a quota is
# used up and not passed, and what one took who died is given to another, under the same key.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Leases end by their time, not by the safety poll.
my $node = new_node('campaign.safety_poll' => '1h');
my $left = $node->safe_psql('postgres', "SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month' - now() AT TIME ZONE 'UTC')::int");
plan(skip_all => 'the month, whose quota is looked at, ends within two minutes') if $left < 120;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION campaign;
INSERT INTO campaign.channel (id, name, transport) VALUES (901, 'desk', 'agent');
INSERT INTO campaign.member (id, name) VALUES (901, 'Ann'), (902, 'Bob');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 901, 'ann'), (902, 902, 901, 'bob');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 901, 'task', 'month', 40);
INSERT INTO campaign.prospect (external_id, first_name) SELECT 'p' || i, 'P' || i FROM generate_series(1, 60) i;
SELECT campaign.create_sequence('calls', '[{"task": {"title": "Call {{first_name}}"}}]');
SELECT campaign.launch(campaign.create_campaign('Calls', 'calls', 901, '{901}'));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Calls'), ARRAY(SELECT id FROM campaign.prospect));
CREATE ROLE for_ann LOGIN;
CREATE ROLE for_bob LOGIN;
SELECT campaign.grant_access('for_ann', 'default', 'agent', member => 901);
SELECT campaign.grant_access('for_bob', 'default', 'agent', member => 902);
SQL

# ---- agents -----------------------------------------------------------------------------------------------

my $place = PostgreSQL::Test::Utils::tempdir('agents');
my %agents;

sub begin_agent
{
	my ($name, $role, @options) = @_;
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => $role, PGDATABASE => 'postgres');
	$agents{$name} = IPC::Run::start([ 'test/agent/work', '--log', "$place/$name", @options ], '<', '/dev/null', '>>', "$place/output", '2>&1');
	return;
}

sub end_agent
{
	my ($name) = @_;
	$agents{$name}->signal('KILL');
	$agents{$name}->finish;
	delete $agents{$name};
	return;
}

# What the logs of these say was taken, as hashes of action, attempt, key and title.
sub taken
{
	my @taken;
	for my $name (@_)
	{
		for my $line (-e "$place/$name" ? split(/\n/, slurp_file("$place/$name")) : ())
		{
			push @taken, { action => $1, attempt => $2, key => $3, title => $4 } if $line =~ /^took (\d+) (\d+) (\w+) (.+)$/;
		}
	}
	return @taken;
}

my $complete = "SELECT count(*) FROM campaign.action WHERE state = 'complete'";
my $used = "SELECT used FROM campaign.usage WHERE action_kind = 'task'";

# ---- two at once, up to the quota -----------------------------------------------------------------------------

my $queued = "SELECT count(*) FROM campaign.queue WHERE state = 'queued'";
ok(poll_until($node, $queued, '60', 20), 'sixty tasks are queued');
begin_agent($_, 'for_ann', '--max', 2) for qw(first second);
ok(poll_until($node, $complete, '40', 60), 'two agents do what the quota allows');
my @taken = taken(qw(first second));
my %times;
$times{ $_->{action} }++ for @taken;
is(scalar(@taken), 40, 'they took as many');
is_deeply([ grep { $_ > 1 } values %times ], [], 'and nothing twice');
ok(taken('first') && taken('second'), 'both had some');
like($taken[0]{title}, qr/^Call P\d+$/, 'they are told what to do');
is($node->safe_psql('postgres', $used), '40', 'the quota counted them (promise 4)');
is($node->safe_psql('postgres', 'SELECT status, count(*) FROM campaign.prospect_status WHERE ended_at IS NULL GROUP BY 1'), 'deferred|20',
	'the others are deferred');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind = 'action_pending' AND actor = 'for_ann'"), '40',
	'the log names who took them');

# ---- one that is killed ------------------------------------------------------------------------------------------

end_agent($_) for qw(first second);
$node->safe_psql('postgres', 'UPDATE campaign.quota SET max_actions = 60');
begin_agent('dying', 'for_ann', '--max', 5, '--lease', '2 seconds', '--forget');
ok(wait_until(sub { 5 == taken('dying') }, 20), 'an agent takes five');
end_agent('dying');
# a slow machine may see the lease run out here already, and what a killed agent had asked for come late
my $five = join ',', map { $_->{action} } taken('dying');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE attempt = 1 AND action_id IN ($five)"), '5', 'and dies with them');
begin_agent('heir', 'for_ann');
ok(poll_until($node, $complete, '60', 60), 'another one does them, and the rest');
my %heir = map { $_->{action} => $_ } taken('heir');
is_deeply([ map { [ @{ $heir{ $_->{action} } // {} }{qw(attempt key)} ] } taken('dying') ], [ map { [ 2, $_->{key} ] } taken('dying') ],
	'the same tasks under the same keys');
is($node->safe_psql('postgres', $used), '60', 'the quota counted none of them twice');
is($node->safe_psql('postgres', 'SELECT end_kind, count(*) FROM campaign.prospect_status GROUP BY 1'), 'success|60', 'everybody was called');
end_agent('heir');

# ---- one that takes longer than its lease ---------------------------------------------------------------------------

$node->safe_psql('postgres', <<'SQL');
DELETE FROM campaign.quota;
INSERT INTO campaign.prospect (external_id, first_name) VALUES ('slow', 'Slow');
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Calls'), ARRAY[campaign.prospect_id('slow')]);
SQL
ok(poll_until($node, $queued, '1', 20), 'one more task is queued');
begin_agent('slow', 'for_ann', '--lease', '10 seconds', '--beats', 24);
ok(wait_until(sub { 1 == taken('slow') }, 20), 'and taken for ten seconds, though it takes twelve');
begin_agent('waiting', 'for_ann');
ok(poll_until($node, $complete, '61', 60), 'it is done');
is(scalar(taken('waiting')), 0, 'by the one who has it: a lease that is extended is given to nobody else');
unlike(slurp_file("$place/slow"), qr/^lost/m, 'nor lost');
is($node->safe_psql('postgres', 'SELECT agent, seen_at > now() - interval \'1 minute\', is_silent FROM campaign.agents WHERE account = \'ann\''), 'for_ann|t|f',
	'it is known when the agent was last heard of');
end_agent($_) for qw(slow waiting);

# ---- a crash of the server ------------------------------------------------------------------------------------------

$node->safe_psql('postgres', <<'SQL');
INSERT INTO campaign.prospect (external_id, first_name) SELECT 'q' || i, 'Q' || i FROM generate_series(1, 3) i;
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Calls'), ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'q%'));
SQL
ok(poll_until($node, $queued, '3', 20), 'three more are queued');
begin_agent('patient', 'for_ann', '--lease', '1 hour', '--forget');
ok(wait_until(sub { 3 == taken('patient') }, 20), 'and taken');
end_agent('patient');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE reason = 'leased'"), '3', 'leases survive a crash of the server');
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND status LIKE 'idle%'", '1', 30), 'a new dispatcher is there');
my ($one) = taken('patient');
is($node->safe_psql('postgres', "SELECT campaign.report($one->{action}, 'complete')", extra_params => [ '-U', 'for_ann' ]), 't',
	'what was done meanwhile can be reported on');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE reason = 'leased'"), '2', 'and a new dispatcher takes the others back from nobody');

# ---- agents of others, who log in themselves (B10) ---------------------------------------------------------------------

is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.queue', extra_params => [ '-U', 'for_bob' ]), '0', "an agent does not see another member's work");
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.take(max => 10)', extra_params => [ '-U', 'for_bob' ]), '0', 'nor is he given any');
is($node->safe_psql('postgres', 'SELECT DISTINCT account FROM campaign.agents', extra_params => [ '-U', 'for_bob' ]), 'bob', 'of the agents he sees his own');
$node->safe_psql('postgres', <<'SQL');
SELECT campaign.launch(campaign.create_campaign('His calls', 'calls', 902, '{902}', settings => '{"exclusivity": "none"}'));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('His calls'), ARRAY(SELECT id FROM campaign.prospect ORDER BY id LIMIT 5));
SQL
ok(poll_until($node, "SELECT count(*) FROM campaign.queue WHERE account = 'bob'", '5', 20), 'he has work of his own');
is($node->safe_psql('postgres', 'SELECT count(*), min(account), max(account) FROM campaign.queue', extra_params => [ '-U', 'for_bob' ]), '5|bob|bob', 'which is what he sees');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE account = 'bob'", extra_params => [ '-U', 'for_ann' ]), '0', 'and the other one does not');
begin_agent('bobs', 'for_bob');
begin_agent('anns', 'for_ann');
ok(poll_until($node, "SELECT count(*) FROM campaign.event WHERE kind = 'action_executed' AND campaign_id = campaign.campaign_id('His calls')", '5', 60), 'his agent does it');
is(scalar(taken('bobs')), 5, 'all of it');
is(scalar(grep { my $action = $_->{action}; grep { $_->{action} == $action } taken('anns') } taken('bobs')), 0, 'and that of the other one has none of it');
end_agent($_) for qw(bobs anns);
for my $command ('SELECT campaign.take(901)', "SELECT campaign.report($one->{action}, 'failed')", "SELECT campaign.extend_lease($one->{action}, '1 hour')",
	'SELECT count(*) FROM campaign.prospect', 'SELECT count(*) FROM campaign.action', "SELECT campaign.suppress('domain', 'example.com')")
{
	my $code = $node->psql('postgres', $command, extra_params => [ '-U', 'for_bob' ]);
	isnt($code, 0, "he is refused: $command");
}
is($node->safe_psql('postgres', "SELECT sum(sends), sum(errors) FROM campaign.worker_status"), '0|0', 'no dispatcher had to do with any of it');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
$node->stop('fast');
done_testing();

END { end_agent($_) for keys %agents; }

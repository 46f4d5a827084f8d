# No statement of the workers reads over a table that it should look something up in, however the tables are
# filled: with statistics and without, with plans made for the values at hand and for any. One
# workspace has nearly all rows, and nearly all of these are over.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 20_000;
my $most = 800;

# Plans are told with the rows that they have read.
my $node = new_node(
	shared_preload_libraries => 'campaign, auto_explain',
	'auto_explain.log_min_duration' => 0,
	'auto_explain.log_analyze' => 'on',
	'auto_explain.log_timing' => 'off',
	'auto_explain.log_nested_statements' => 'on',
	log_line_prefix => '%b|',
	autovacuum => 'off',
	'campaign.batch_rows' => 100);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# The workers' plans since that place of the log, by the text of the statement; and where the log ends.
sub plans_since
{
	my ($from) = @_;
	my $log = substr slurp_file($node->logfile), $from;
	my %plans;
	for my $entry (split /\n(?=[a-z][a-z ]*\|)/, $log)
	{
		next if $entry !~ /^campaign (?:scheduler|dispatcher)\|LOG:\s+duration: .* plan:/;
		my ($text, $plan) = $entry =~ /Query Text: (.*?)\n(.*)/s or next;
		$plans{$text}{$plan} = 1;
	}
	return (\%plans, $from + length $log);
}

# Statements with a node of a plan that has read more rows of a table than it can have been after.
sub greedy
{
	my ($plans) = @_;
	my %found;
	for my $text (keys %$plans)
	{
		for my $plan (keys %{ $plans->{$text} })
		{
			while ($plan =~ /((?:Seq|Index|Index Only|Bitmap Heap) Scan[^(\n]* on \w+)[^\n]*\.\.([\d.]+) rows=[^\n]*\(actual rows=(\d+) loops=(\d+)\)((?:\n\s+(?!\s|->)[^\n]*)*)/g)
			{
				my ($scan, $cost, $got, $loops, $more) = ($1, $2, $3, $4, $5);
				my ($removed) = $more =~ /Rows Removed by Filter: (\d+)/;
				# a few pages are read as quickly as something is looked up in them
				next if $scan =~ /^Seq/ && $cost <= 10;
				$found{"$scan in $text"} = 1 if ($got + ($removed // 0)) * $loops > $most;
			}
			# every row of one with every row of the other
			while ($plan =~ /Rows Removed by Join Filter: (\d+)/g)
			{
				$found{"a join in $text"} = 1 if $1 > $most;
			}
		}
	}
	return sort keys %found;
}

# A day's work of every kind: newcomers, steps, deliveries, what came of them, replies, and those who leave.
my $passes = 0;
my $newcomers = 30;

sub work
{
	my ($node, $campaign) = @_;
	my $first = $newcomers * $passes++;
	$node->safe_psql('postgres', <<"SQL");
SELECT count(*) FROM campaign.enroll($campaign, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'new-%' ORDER BY id OFFSET $first LIMIT $newcomers));
SQL
	poll_until($node, left_open($campaign), '0', 60) or return 0;
	$node->safe_psql('postgres', <<"SQL");
SELECT count(campaign.record_event('replied', p.id)) FROM (SELECT id FROM campaign.prospect WHERE external_id LIKE 'new-%' ORDER BY id OFFSET $first LIMIT 30) p;
SQL
	return poll_until($node, left_open($campaign), '0', 60);
}

my $campaign = $node->safe_psql('postgres', <<'SQL');
\set QUIET 1
\pset tuples_only on
INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'ann') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email) SELECT 'new-' || i, 'new-' || i || '@example.com' FROM generate_series(1, 300) i;
SELECT campaign.create_sequence('walk', '[{"visit": {}}, {"follow": {}}, {"wait": {"until": "replied", "within": "1 day", "else": "end"}}, {"visit": {}}]') AS sequence \gset
SELECT campaign.create_campaign('walk', 'walk', :member, ARRAY[:account]::bigint[], settings => '{"active_cap": 1000000}') AS campaign \gset
SELECT campaign.launch(:campaign) \gset
\echo :campaign
SQL
ok(work($node, $campaign), 'the campaign runs');

# What years would have left, made of a run that has just been.
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.prospect (id, external_id, email) SELECT 1000000 + g, 'old-' || g, 'old-' || g || '\@example.com' FROM generate_series(1, $rows) g;
INSERT INTO campaign.person (workspace_id, key, since) SELECT 1, 'old-' || g || '\@example.com', now() FROM generate_series(1, $rows) g;
INSERT INTO campaign.enrollment SELECT r.* FROM (SELECT o FROM campaign.enrollment o ORDER BY id LIMIT 1) q, generate_series(1, $rows) g
	CROSS JOIN LATERAL jsonb_populate_record(q.o, jsonb_build_object('id', 1000000 + g, 'prospect_id', 1000000 + g, 'due_at', NULL,
		'action_id', NULL, 'status', 'finished', 'halt', 4, 'ended_at', now(), 'end_kind', 'success', 'exclusion', 0)) r;
INSERT INTO campaign.action SELECT r.* FROM (SELECT o FROM campaign.action o ORDER BY id LIMIT 1) q, generate_series(1, $rows) g
	CROSS JOIN LATERAL jsonb_populate_record(q.o, jsonb_build_object('id', 1000000 + g, 'prospect_id', 1000000 + g,
		'enrollment_id', 1000000 + g, 'state', 'complete', 'key', 'old-' || g)) r;
SQL

# And others besides, so that the average of them is next to nothing.
my $spread = <<"SQL";
INSERT INTO campaign.workspace (id, name) SELECT 1000000 + g, 'small-' || g FROM generate_series(1, $rows) g;
INSERT INTO campaign.prospect (workspace_id, id, external_id, email) SELECT 1000000 + g, 2000000 + g, 'p', 'p\@example.com' FROM generate_series(1, $rows) g;
INSERT INTO campaign.person (workspace_id, key, since) SELECT 1000000 + g, 'p\@example.com', now() FROM generate_series(1, $rows) g;
INSERT INTO campaign.enrollment SELECT r.* FROM (SELECT o FROM campaign.enrollment o ORDER BY id DESC LIMIT 1) q, generate_series(1, $rows) g
	CROSS JOIN LATERAL jsonb_populate_record(q.o, jsonb_build_object('workspace_id', 1000000 + g, 'id', 2000000 + g, 'prospect_id', 2000000 + g)) r;
INSERT INTO campaign.action SELECT r.* FROM (SELECT o FROM campaign.action o ORDER BY id DESC LIMIT 1) q, generate_series(1, $rows) g
	CROSS JOIN LATERAL jsonb_populate_record(q.o, jsonb_build_object('workspace_id', 1000000 + g, 'id', 2000000 + g, 'prospect_id', 2000000 + g,
		'enrollment_id', 2000000 + g, 'key', 'small-' || g)) r;
SQL

my $from = -s $node->logfile;
for my $case (
	[ 'without statistics', '', qw(force_custom_plan force_generic_plan) ],
	[ 'with statistics', 'ANALYZE', qw(force_custom_plan force_generic_plan) ],
	[ 'beside thousands of small workspaces', "$spread; ANALYZE", 'force_generic_plan' ])
{
	my ($state, $before, @modes) = @$case;
	$node->safe_psql('postgres', $before) if $before;
	for my $mode (@modes)
	{
		$node->safe_psql('postgres', "ALTER SYSTEM SET plan_cache_mode = $mode");
		$node->restart;
		my $how = "$state, $mode";
		(undef, $from) = plans_since($from);
		ok(work($node, $campaign), "$how: it runs");
		my ($plans, $end) = plans_since($from);
		cmp_ok(scalar(keys %$plans), '>', 40, "$how: " . keys(%$plans) . ' statements were seen');
		my @greedy = greedy($plans);
		is(join("\n", @greedy), '', "$how: none reads over a table");
	}
}

# ---- The check sees what it is to see --------------------------------------------------------------------

$node->safe_psql('postgres', "ALTER SYSTEM SET enable_$_ = off") for qw(indexscan indexonlyscan bitmapscan);
$node->restart;
(undef, $from) = plans_since($from);
ok(work($node, $campaign), 'without indexes it runs, too');
my ($plans) = plans_since($from);
my @greedy = greedy($plans);
cmp_ok(scalar(@greedy), '>', 5, 'and is found out in ' . @greedy . ' places');
$node->stop('fast');
done_testing();

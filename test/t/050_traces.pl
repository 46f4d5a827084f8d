# The same random scenarios through SQL as through the core: hundreds of random sequences, each with a prospect
# to whom random things happen, live side by side in one virtual database, and each leaves the trace in the log
# that the simulator tells of its seed (B5, B8, B9, B12, B14). More of them are paused and resumed at random, as a
# whole and prospect by prospect (S2.31, S2.32, S2.35). Then the log of all is folded back into the present state
# and recounted. `make traces N=500 SEED=1` says how many and from which seed on.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use POSIX qw(strftime);
use Time::HiRes qw(time);
use Time::Local qw(timegm);

my $count = $ENV{TRACE_COUNT} || 250;
my $first = $ENV{TRACE_SEED} || 1;
my $simulate = $ENV{CAMPAIGN_SIMULATE} or plan(skip_all => 'the simulator is not built');

my $began = time;
my $node = new_node(fsync => 'off', full_page_writes => 'off', 'campaign.recheck' => '1d');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign; SELECT campaign.virtual_time(true)');

sub simulate
{
	my (@arguments) = @_;
	open(my $from, '-|', $simulate, '--scenario', @arguments) or die "$simulate: $!";
	chomp(my @lines = <$from>);
	close($from) or die "$simulate @arguments failed";
	return @lines;
}

# What the simulator tells but for the trace, which depends on ids.
sub scenario
{
	my ($seed) = @_;
	my %scenario = (seed => $seed, holidays => [], events => []);

	for (simulate($seed))
	{
		my ($word, $rest) = split / /, $_, 2;
		if ($word eq 'holiday') { push @{ $scenario{holidays} }, $rest }
		elsif ($word eq 'event')
		{
			my ($at, $kind) = $rest =~ /^(\S+ \S+) (\w+)$/ or die "seed $seed: $_";
			push @{ $scenario{events} }, { at => $at, kind => $kind, seed => $seed };
		}
		else { $scenario{$word} = $rest unless $word eq 'trace' }
	}
	return \%scenario;
}

sub quoted
{
	my ($text) = @_;
	return "'" . ($text =~ s/'/''/gr) . "'";
}

# Each scenario has a workspace of its own, since holidays are those of a workspace; its id says which it is.
sub arrange
{
	my ($scenario) = @_;
	my $id = 100_000 + $scenario->{seed};
	my $holidays = join ', ', map { "($id, '$_')" } @{ $scenario->{holidays} };
	my $email = $scenario->{email} eq 'yes' ? "'someone$id\@example.com'" : 'NULL';
	my $relation = $scenario->{relation} eq 'none' ? ''
		: "INSERT INTO campaign.relation (workspace_id, account_id, prospect_id, state, since) VALUES ($id, $id, $id, '$scenario->{relation}', campaign.clock());";
	my ($definition, $settings) = map { quoted($scenario->{$_}) } qw(definition settings);

	return <<"SQL";
INSERT INTO campaign.workspace (id, name) VALUES ($id, '$id');
SET campaign.workspace = '$id';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES ($id, $id, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES ($id, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES ($id, $id, $id, 'anna');
INSERT INTO campaign.prospect (id, external_id, email) VALUES ($id, '$scenario->{seed}', $email);
INSERT INTO campaign.holiday (workspace_id, day) VALUES $holidays;
$relation
SELECT campaign.create_sequence('$id', $definition);
SELECT campaign.create_campaign('$id', '$id', $id, ARRAY[$id]::bigint[], settings => $settings) AS c \\gset
SELECT campaign.launch(:c);
SELECT * FROM campaign.enroll(:c, ARRAY[$id]::bigint[]);
SQL
}

# At random times somebody pauses or resumes the campaign, or its prospect, whatever it finds.
sub interruptions
{
	my ($scenario) = @_;
	my ($from, $to) = map { my @t = /(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/; timegm(@t[5, 4, 3, 2], $t[1] - 1, $t[0]) }
		@{$scenario}{qw(start until)};
	my $id = 100_000 + $scenario->{seed};
	my @ways = (
		"SELECT campaign.pause(c.id) FROM campaign.campaign c WHERE c.workspace_id = $id AND c.state = 'live';",
		map({ "SELECT campaign.resume(c.id, '$_') FROM campaign.campaign c WHERE c.workspace_id = $id AND c.state = 'paused';" }
			qw(as_due shift skip_overdue)),
		map { "SELECT campaign.${_}_prospects(c.id, ARRAY[$id]::bigint[]) FROM campaign.campaign c WHERE c.workspace_id = $id;" }
			qw(pause resume));
	srand($scenario->{seed});
	# most of what happens to a run happens early
	return map { { at => strftime('%Y-%m-%d %H:%M:%S+00', gmtime($from + int(rand()**3 * ($to - $from)))), seed => $scenario->{seed}, sql => $ways[rand @ways] } }
		1 .. 4 + int rand 8;
}

my %scenarios = map { $_ => scenario($_) } $first .. $first + $count - 1;
my @seeds = sort { $a <=> $b } keys %scenarios;
my @interrupted = map { scenario($_) } $first + $count .. $first + $count + int($count / 4);
my ($start, $until) = @{ $scenarios{$first} }{qw(start until)};
is(scalar(grep { $_->{start} ne $start || $_->{until} ne $until } values %scenarios, @interrupted), 0, 'all live through the same time');
my @events = sort { $a->{at} cmp $b->{at} || $a->{seed} <=> $b->{seed} }
	map({ @{ $_->{events} } } values %scenarios, @interrupted), map { interruptions($_) } @interrupted;

# Time stands still at each instant at which something is reported, after all that is due by then.
my $script = "\\set ON_ERROR_STOP on\n\\o /dev/null\nSET client_min_messages = error;\nSET campaign.now = '$start';\n";
$script .= arrange($_) for @scenarios{@seeds}, @interrupted;
my $at = $start;
for my $event (@events)
{
	my $id = 100_000 + $event->{seed};
	$script .= "CALL campaign.run_to('$event->{at}');\n" if $event->{at} ne $at;
	$at = $event->{at};
	$script .= "SET campaign.workspace = '$id';\n"
		. ($event->{sql} // "SELECT campaign.record_event('$event->{kind}', ${id}::bigint, account => $id);") . "\n";
}
$script .= "CALL campaign.run_to('$until');\n";
my ($status, $out, $error) = $node->psql('postgres', $script, timeout => 1200);
is($status, 0, @seeds + @interrupted . ' random campaigns live through ' . @events . ' events and interruptions')
	or diag($error);
note(sprintf('%.0f s', time - $began));

# ---- what they leave in the log ----------------------------------------------------------------------

my (%trace, %campaign);
for (split /\n/, $node->safe_psql('postgres', <<'SQL'))
SELECT e.workspace_id - 100000, e.campaign_id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00 ' || s.name || ' ' || e.kind
    || COALESCE(CASE e.kind WHEN 'split_drawn' THEN ' way=' || (e.detail ->> 'way') WHEN 'action_prevented' THEN ' code=' || (e.detail ->> 'code')
        WHEN 'ended' THEN ' end=' || (e.detail ->> 'end') || ' code=' || (e.detail ->> 'code') END, '')
FROM campaign.event e
JOIN campaign.batch b ON b.workspace_id = e.workspace_id AND b.id = e.batch_id
LEFT JOIN campaign.step s ON s.workspace_id = e.workspace_id AND s.campaign_id = e.campaign_id AND s.position = e.step
WHERE e.enrollment_id IS NOT NULL AND NOT (SELECT k.reported FROM campaign.event_kind k WHERE k.name = e.kind)
  AND e.kind NOT IN ('enrolled')
ORDER BY e.workspace_id, b.position, e.id
SQL
{
	my ($seed, $campaign, $line) = split /\|/, $_, 3;
	push @{ $trace{$seed} }, $line;
	$campaign{$seed} = $campaign;
}
my $different = 0;
for my $seed (@seeds)
{
	my @told = map { /^trace (.*)/ ? $1 : () } simulate($seed, $campaign{$seed} // 0, 100_000 + $seed);
	my @left = @{ $trace{$seed} // [] };
	next if join("\n", @told) eq join("\n", @left);
	next if $different++ >= 3;
	diag("seed $seed: the simulator tells\n  ", join("\n  ", @told), "\nand the log has\n  ", join("\n  ", @left),
		"\nof ", join("\n", simulate($seed, $campaign{$seed} // 0, 100_000 + $seed)));
}
is($different, 0, 'each leaves the trace in the log that the simulator tells');

# ---- and what the log says of the present state ---------------------------------------------------------

cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind IN ('paused', 'resumed', 'prospect_paused', 'prospect_resumed')"),
	'>', $count / 8, 'and some of them were paused, and resumed');
$node->safe_psql('postgres', slurp_file('test/sql/include/replay.sql'));
is($node->safe_psql('postgres', 'SELECT * FROM replay.differences() LIMIT 5'), '', 'B8: the log, folded, gives the present state');
is($node->safe_psql('postgres', 'SELECT * FROM replay.miscounts() LIMIT 5'), '', 'B9: the counters are those of a recount');
is($node->safe_psql('postgres', "SET campaign.now = '$until'; SELECT * FROM campaign.stuck LIMIT 5"), '', 'B5: nobody is stuck');
note(sprintf('%.0f s', time - $began));

$node->stop('fast');
done_testing();

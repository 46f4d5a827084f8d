# What becomes of an action when the receiver misbehaves: done, repeated, failed, or held as unknown
# exactly where nobody can know (B6). Each way to misbehave meets a gateway that honours the key, and
# one that does not.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node();
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $nobody = PostgreSQL::Test::Cluster::get_free_port();

my $complete = 'complete 3';
my $failed = 'failed delivery_failed 3';
my $unknown = 'held unknown_outcome 3';
my $awaited = 'processing awaiting_report 3';

# Of 3 actions: what the receiver does, the state they end in, and how often each was sent; first with
# an idempotent gateway, then with another one. Four attempts are allowed.
my @ways = (
	[ 'is slow', '/slow?ms=300', $complete, 1, $complete, 1 ],
	[ 'takes it on for later', '/accepted', $awaited, 1, $awaited, 1 ],
	[ 'sends more than we read', '/big?bytes=300000', $complete, 1, $complete, 1 ],
	[ 'cannot be reached', undef, $failed, 0, $failed, 0 ],
	[ 'says 404', '/status/404', $failed, 1, $failed, 1 ],
	[ 'says 307, which is not followed', '/status/307', $failed, 1, $failed, 1 ],
	[ 'says 429 once', '/status/429?times=1', $complete, 2, $complete, 2 ],
	[ 'says 429 with Retry-After, twice', '/status/429?times=2&retry_after=1', $complete, 3, $complete, 3 ],
	[ 'says 429 with a date, once', '/status/429?times=1&retry_date=2', $complete, 2, $complete, 2 ],
	[ 'says 429 always', '/status/429', $failed, 4, $failed, 4 ],
	[ 'says 503 with Retry-After, once', '/status/503?times=1&retry_after=1', $complete, 2, $complete, 2 ],
	[ 'says 503 without it, once', '/status/503?times=1', $complete, 2, $unknown, 1 ],
	[ 'says 500 twice', '/status/500?times=2', $complete, 3, $unknown, 1 ],
	[ 'says 500 always', '/status/500', $unknown, 4, $unknown, 1 ],
	[ 'says 500 where that means not accepted', '/status/500?times=2', $complete, 3, $complete, 3, { '5xx_means_not_accepted' => 1 } ],
	[ 'reads and closes', '/close-before', $complete, 2, $unknown, 1 ],
	[ 'closes within the headers', '/close-mid', $complete, 2, $unknown, 1 ],
	[ 'closes within the body', '/close-body', $complete, 2, $unknown, 1 ],
	[ 'never answers', '/hang', $complete, 2, $unknown, 1, { timeout_ms => 500 } ]);

# All at once, each over a channel and a receiver's path of its own.
my %sink = (1 => start_sink('--idempotent'), 0 => start_sink());
my @cases;
for my $way (@ways)
{
	my ($does, $path, @expected) = @$way;
	my $options = $expected[4] // {};
	for my $idempotent (1, 0)
	{
		my $mark = defined $path ? ($path =~ /\?/ ? "$path&" : "$path?") . 'case=' . @cases . '.' : undef;
		push @cases, {
			name => "it $does, the gateway is " . ($idempotent ? 'idempotent' : 'not'),
			sink => $sink{$idempotent},
			path => $mark,
			state => $idempotent ? $expected[0] : $expected[2],
			sent => 3 * ($idempotent ? $expected[1] : $expected[3]),
			campaign => run_campaign($node,
				count => 3,
				url => defined $mark ? $sink{$idempotent}->url($mark) : "http://127.0.0.1:$nobody/",
				options => { idempotent => $idempotent, retries => 4, retry_first_ms => 50, %$options }),
		};
	}
}
ok(poll_until($node, left_open(map { $_->{campaign} } @cases), '0', 40), 'all of them come to rest');

my %held;
for my $case (@cases)
{
	my @requests = grep { defined $case->{path} && $_->{path} eq $case->{path} } $case->{sink}->requests;
	is(states($node, $case->{campaign}), $case->{state}, $case->{name});
	is(scalar @requests, $case->{sent}, "and each is sent $case->{sent}/3 times");
	is_deeply(
		defined $case->{path}
		? broken_promises($node, $case->{sink}, $case->{campaign}, repeats => 1, path => $case->{path})
		: {},
		{},
		'with the same key and the same bytes');
	$held{ $case->{campaign} } = 3 if $case->{state} eq $unknown;
}

# ---- What is seen of it ---------------------------------------------------------------------------------

my $seen = $node->safe_psql('postgres', 'SELECT campaign_id, count(*) FROM campaign.unknown_outcomes GROUP BY 1');
is_deeply({ map { split /\|/ } split /\n/, $seen }, \%held, 'the held ones are shown, and no others');
is($node->safe_psql('postgres', <<'SQL'), 't', 'their runs stand still and are not stuck (B5)');
SELECT bool_and(s.substatus = 'held' AND s.held = 'unknown_outcome') AND NOT EXISTS (SELECT FROM campaign.stuck)
FROM campaign.unknown_outcomes u JOIN campaign.prospect_status s ON s.enrollment_id = u.enrollment_id
SQL
is($node->safe_psql('postgres', <<'SQL'), 'error|delivery_failed', 'who could not be reached left in error, with the reason (S2.23)');
SELECT DISTINCT e.end_kind, e.code FROM campaign.enrollment e
JOIN campaign.action a ON a.workspace_id = e.workspace_id AND a.enrollment_id = e.id WHERE a.state = 'failed'
SQL

# A gateway that says when to come again is believed.
my %last;
my $soonest = 1e9;
for my $request (grep { $_->{path} =~ /retry_after=1/ } map { $_->requests } values %sink)
{
	my $wait = defined $last{ $request->{key} } ? ($request->{time} - $last{ $request->{key} }) / 1e6 : 1e9;
	$soonest = $wait if $wait < $soonest;
	$last{ $request->{key} } = $request->{time};
}
cmp_ok($soonest, '>=', 1, 'nothing is repeated before the time that Retry-After names');
cmp_ok($soonest, '<', 10, 'and then soon');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();

# What may have got through before a dispatcher died is repeated at once, even where the quota is used
# up: it was debited when it started first, and its key does not live for ever. Nothing else gets past
# the quota by it (promises 1, 2 and 4, B6, S2.24).
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
my $left = $node->safe_psql('postgres', "SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month' - now() AT TIME ZONE 'UTC')::int");
plan(skip_all => 'the month, whose quota is looked at, ends too soon') if $left < 120;
$node->safe_psql('postgres', "INSERT INTO campaign.quota (scope, period, max_actions) VALUES ('each_account', 'month', 5)");

my $sink = start_sink('--idempotent');
my $campaign = run_campaign($node,
	count => 12,
	url => $sink->url('/slow?ms=3000'),
	options => { idempotent => 1, places => 16, retry_first_ms => 50 });
my $processing = "SELECT count(*) FROM campaign.action WHERE state = 'processing'";
my $used = 'SELECT used FROM campaign.usage';

ok(poll_until($node, $processing, '5', 20), 'as many are on their way as the quota allows');
ok(wait_until(sub { $sink->requests >= 5 }, 20), 'and the receiver has them');
my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
is(kill('KILL', $pid), 1, 'the dispatcher is killed');
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid <> $pid", '1', 30), 'another comes');

ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE state = 'complete'", '5', 30),
	'those five are repeated and complete, although the quota is used up');
is($node->safe_psql('postgres', $used), '5', 'they are not debited again');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.prospect_status WHERE status = 'deferred'"), '7',
	'the others wait for the next month');
my %requests;
$requests{ $_->{key} }++ for $sink->requests;
is(scalar(keys %requests), 5, 'the receiver has seen five keys');
is(scalar(grep { $_ > 1 } values %requests), 5, 'each of them again, with the same key');
is_deeply(broken_promises($node, $sink, $campaign, repeats => 1), {}, 'each took effect once');

$sink->stop;
done_testing();

# What surely came to nothing is not paid for, and was no contact: credits are given back where a gateway
# cannot be reached, and not where nobody knows (S2.11), and a gap begins with a contact that took place (B15).
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
$node->safe_psql('postgres', q(INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'business')));
my $nobody = PostgreSQL::Test::Cluster::get_free_port();
my $sink = start_sink();
my $knowing = start_sink('--idempotent');

my $refused = run_campaign($node, kind => 'find_email', count => 5, url => "http://127.0.0.1:$nobody/",
	options => { retries => 3, retry_first_ms => 50 });
ok(poll_until($node, left_open($refused), '0', 30), 'what cannot be reached fails');
is($node->safe_psql('postgres', q(SELECT count(*), sum(amount) FILTER (WHERE reason = 'spent'), sum(amount) FROM campaign.credit)),
	'30|-15|0', 'each attempt was paid for and given back');

my $unknown = run_campaign($node, kind => 'find_email', count => 4, url => $sink->url('/close-before'));
ok(poll_until($node, left_open($unknown), '0', 30), 'what is cut off comes to rest');
is($node->safe_psql('postgres', 'SELECT plan, balance FROM campaign.credit_balance'), 'business|496',
	'what may have been done stays paid for');

my $repeated = run_campaign($node, kind => 'find_email', count => 4, url => $knowing->url('/close-before?again'),
	options => { idempotent => 1, retries => 3, retry_first_ms => 50 });
ok(poll_until($node, left_open($repeated), '0', 30), 'what is repeated comes to rest');
is($node->safe_psql('postgres', 'SELECT balance FROM campaign.credit_balance'), '492', 'and is paid for once');

# were an attempt that came to nothing a contact, the next would have to wait a day
$node->safe_psql('postgres', q(UPDATE campaign.workspace_setting SET min_gap = '1 day'));
my $unreached = run_campaign($node, kind => 'invite', count => 3, url => "http://127.0.0.1:$nobody/",
	options => { retries => 3, retry_first_ms => 50 });
ok(poll_until($node, left_open($unreached), '0', 30), 'a gap does not hold up attempts that reached nobody');
my $again = run_campaign($node, kind => 'invite', count => 3, url => $knowing->url('/close-before?invite'),
	options => { idempotent => 1, retries => 3, retry_first_ms => 50 });
ok(poll_until($node, left_open($again), '0', 30), 'nor the repetition of what may have reached somebody');
is($node->safe_psql('postgres', 'SELECT sum(cardinality(contacts)) FROM campaign.person'), '3', 'which is one contact each');

$node->stop;
done_testing();

# A text that is sent for trial goes to a real gateway by the dispatcher, under a key of its own, marked and
# to another address; what the gateway says of it is in the view test_sends, and is tried once (S3.5, S3.6).
use strict;
use warnings;

use lib 'test/perl';
use CampaignMail;
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What follows comes from wake-ups: the safety poll is too far away to help.
my $mails_can_be_sent = eval { require JSON::PP; 1 } && system('python3 -c "import aiosmtpd" 2>/dev/null') == 0;
my $authority = $mails_can_be_sent ? make_authority() : undef;
my $node = new_node('campaign.safety_poll' => '1h', $authority ? ('campaign.ca_file' => $authority->{ca}) : ());
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();

sub draft
{
	my ($name, $path) = @_;
	my $url = $sink->url($path);
	return $node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (name, transport, url, options) VALUES ('$name', 'http', '$url', '{"allow_http": true, "allow_private": true, "retry_first_ms": 1}');
INSERT INTO campaign.member (name) VALUES ('$name');
INSERT INTO campaign.account (member_id, channel_id, address)
	SELECT m.id, c.id, '$name' FROM campaign.member m, campaign.channel c WHERE m.name = '$name' AND c.name = '$name';
INSERT INTO campaign.prospect (external_id, email) VALUES ('$name', '$name\@example.com');
SELECT id FROM (SELECT campaign.create_sequence('$name', '[{"email": {"subject": "S", "body": "B"}}]')) s,
	LATERAL (SELECT campaign.create_campaign('$name', '$name', m.id, ARRAY[a.id]) AS id FROM campaign.member m JOIN campaign.account a ON a.member_id = m.id WHERE m.name = '$name' AND s IS NOT NULL) c;
SQL
}

sub try_it
{
	my ($name, $campaign) = @_;
	return $node->safe_psql('postgres', "SELECT campaign.send_test($campaign, 'email', campaign.prospect_id('$name'), 'me\@example.org')");
}

my $good = draft('good', '/ok');
my $test = try_it('good', $good);
ok(poll_until($node, "SELECT state FROM campaign.test_sends WHERE test_id = $test", 'complete', 30), 'the gateway accepts it');
my @requests = $sink->requests;
is(scalar @requests, 1, 'one request was made');
is($node->safe_psql('postgres', "SELECT content ->> 'test', content ->> 'to_address', content -> 'prospect' ->> 'email', length(key) FROM campaign.test_sends WHERE test_id = $test"),
	'true|me@example.org|me@example.org|32', 'marked, with the other address, under a key');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.action"), '0', 'it is no action');

my $bad = draft('bad', '/status/500');
$test = try_it('bad', $bad);
ok(poll_until($node, "SELECT state FROM campaign.test_sends WHERE test_id = $test", 'failed', 30), 'what the gateway refuses has failed, and is not tried again');
is($node->safe_psql('postgres', "SELECT outcome ->> 'status' FROM campaign.test_sends WHERE test_id = $test"), '500', 'and what it said is there');

# ---- by a mail server ------------------------------------------------------------------------------------

SKIP:
{
	skip 'no JSON::PP, openssl or aiosmtpd', 3 if !$authority;
	my @login = (login => 'anna@example.org:secret phrase');
	my $smtpd = start_smtpd($authority, '--login', $login[1]);
	my $mails = mail_campaign($node, url => "smtp://localhost:$smtpd->{port}", @login, to => ['prospect1@example.com'], options => { hello => 'client.example' });
	my $count = sub { return scalar grep { $_->{what} eq 'accepted' } $smtpd->events; };
	ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $mails AND ended_at IS NULL", '0', 30), 'a campaign sends mails');
	my $before = $count->();
	$test = $node->safe_psql('postgres', "SELECT campaign.send_test($mails, 'email', campaign.prospect_id('m1-1'), 'me\@example.org')");
	ok(poll_until($node, "SELECT state FROM campaign.test_sends WHERE test_id = $test", 'complete', 20), 'the server accepts one for trial');
	is($count->(), $before + 1, 'which is one mail more');
}

$node->stop;
done_testing();

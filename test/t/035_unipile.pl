# The social network by Unipile's API, through the real network loop, against a double of it: what is done, and
# what every answer that it gives comes to (S2.4 to S2.9, S1.19, S1.25).
# Runs beside others.
use strict;
use warnings;
use utf8;

use lib 'test/perl';
use CampaignAdapter;
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $gateway = start_gateway('unipile', '--token', 'canary-7f3a');

sub campaign_of
{
	my ($steps, $people, %more) = @_;
	return gateway_campaign($node, adapter => 'unipile', url => $gateway->url('/api/v1'), token => 'canary-7f3a', steps => $steps, people => $people, %more);
}

sub end_is
{
	my ($campaign, $name, $end, $what) = @_;
	ok(wait_until(sub { ends_of($node, $campaign)->{$name} eq $end }, 20), $what) or diag(ends_of($node, $campaign)->{$name});
}

# ---- Happy paths -----------------------------------------------------------------------------------------------

my $invited = campaign_of('[{"visit": {}}, {"invite": {"note": "Hello {{first_name}}"}}]', ['happy']);
end_is($invited, 'happy', 'success', 'a visit and an invitation with a note');
is($gateway->effects('happy'), 'visit invite', 'are seen by the network once each');
my @requests = $gateway->requests;
is(scalar @requests, 2, 'the visit has told what the invitation needs');
is($requests[1]{body}{message}, 'Hello Jane', 'the note is filled in');
is($requests[0]{query}{account_id}, $requests[1]{body}{account_id}, 'both name the account');

my $bare = campaign_of('[{"invite": {}}]', ['bare']);
end_is($bare, 'bare', 'success', 'an invitation without a note (S2.6)');
@requests = grep { $_->{path} =~ /bare/ || ($_->{body}{provider_id} // '') =~ /bare/ } $gateway->requests;
is(join(' ', map { "$_->{method} $_->{path}" } @requests), 'GET /api/v1/users/bare POST /api/v1/users/invite', 'is looked up first');
ok(!exists $requests[1]{body}{message}, 'and says nothing');

my $told = campaign_of('[{"message": {"body": "One, für {{first_name}}"}}, {"delay": "1 second"}, {"message": {"body": "Two"}}]', ['talker'], connected => 1);
end_is($told, 'talker', 'success', 'two messages');
is($gateway->effects('talker'), 'message message', 'are seen once each: the first begins a conversation,');
@requests = grep { $_->{path} eq '/api/v1/chats/chat_ACo_talker/messages' } $gateway->requests;
is($requests[0]{body}{text}, 'Two', 'the second goes on in it');
my $first = (grep { $_->{path} eq '/api/v1/chats' } $gateway->requests)[0];
is($first->{body}{text}, 'One, für Jane', 'texts arrive as they are');

# ---- Each error, one by one -------------------------------------------------------------------------------------

# type => what the run comes to, and after which request
my %errors = (
	already_connected => 'error already_connected',
	already_invited_recently => 'error already_invited',
	cannot_resend_yet => 'queued',
	limit_exceeded => 'queued',
	connection_limit_reached => 'queued',
	cannot_resend_within_24hrs => 'queued',
	invalid_recipient => 'error invalid_recipient',
	cannot_invite_attendee => 'error cannot_invite',
	blocked_recipient => 'error recipient_blocked',
	user_unreachable => 'error recipient_unreachable',
	no_connection_with_recipient => 'error not_connected',
	too_many_characters => 'held too_many_characters',
	invalid_message => 'held content_refused',
	insufficient_credits => 'held no_credit',
	not_allowed_inmail => 'held not_allowed',
	disconnected_account => 'queued',
	expired_credentials => 'queued',
	checkpoint_error => 'queued',
	account_restricted => 'queued');
my %campaign;
for my $type (sort keys %errors)
{
	$campaign{$type} = campaign_of('[{"invite": {}}]', ["e--invite-$type"]);
}
for my $type (sort keys %errors)
{
	my $name = "e--invite-$type";
	my $asked = sub { scalar grep { ($_->{body}{provider_id} // '') eq "ACo_$name" } $gateway->requests };
	ok(wait_until(sub { $asked->() >= 1 && ends_of($node, $campaign{$type})->{$name} eq $errors{$type} }, 20), "$type: $errors{$type}")
		or diag(ends_of($node, $campaign{$type})->{$name});
	is($asked->(), 1, "$type: it was asked once");
}
for my $type (qw(cannot_resend_yet limit_exceeded connection_limit_reached))
{
	is($node->safe_psql('postgres', "SELECT DISTINCT l.closed_until - now() BETWEEN '23 hours' AND '1 day', l.deferred_until = l.closed_until FROM campaign.lane l"
		. " JOIN campaign.action a ON a.lane_id = l.id WHERE a.campaign_id = $campaign{$type}"), 't|t', "$type: the lane is closed for a day (S2.24)");
}
for my $type (qw(disconnected_account expired_credentials checkpoint_error account_restricted))
{
	is($node->safe_psql('postgres', "SELECT c.session_state FROM campaign.account c JOIN campaign.lane l ON l.account_id = c.id JOIN campaign.action a ON a.lane_id = l.id"
		. " WHERE a.campaign_id = $campaign{$type}"), 'disconnected', "$type: the session is");
}
is($node->safe_psql('postgres', "SELECT sum(n) FROM campaign.counted_total WHERE campaign_id = $campaign{already_invited_recently} AND kind = 'already_invited'"), '1',
	'who was invited otherwise is in that bucket (S1.19)');


# ---- Answers that nobody should give ---------------------------------------------------------------------------------

# of a question: it is asked again, and then the action goes on; of an invitation: the network refuses a second one
my @strange = qw(cut big deep utf8 nul html empty garbage number 500 503 504);
my $asked = campaign_of('[{"invite": {}}]', [ map { "s--once-resolve-$_" } grep { /^(?:cut|500|503|504)$/ } @strange ]);
my $blank = campaign_of('[{"invite": {}}]', [ map { "s--resolve-$_" } grep { !/^(?:cut|500|503|504)$/ } @strange ]);
my $done = campaign_of('[{"invite": {}}]', [ map { "s--once-invite-$_" } @strange ], options => { timeout_ms => 2000 });
my $hung = campaign_of('[{"invite": {}}]', [ 's--once-resolve-hang', 's--once-invite-hang' ], options => { timeout_ms => 1000 });
end_is($asked, "s--once-resolve-$_", 'success', "a profile that was answered by $_ is looked up again") for qw(cut 500 503 504);
end_is($blank, "s--resolve-$_", 'held missing_variable', "a profile of $_ has no id, and nothing more leaves") for grep { !/^(?:cut|500|503|504)$/ } @strange;
for my $how (@strange, 'hang')
{
	my $name = "s--once-invite-$how";
	end_is($how eq 'hang' ? $hung : $done, $name, 'success', "an invitation that was answered by $how is sent");
	is($gateway->effects($name), 'invite', 'once');
}
end_is($hung, 's--once-resolve-hang', 'success', 'a profile that was not answered in time is looked up again');

# a message is not repeated: nobody could tell
my $doubtful = campaign_of('[{"message": {"body": "Hello"}}]', [ map { "d--once-message-$_" } qw(cut hang 500) ], connected => 1, options => { timeout_ms => 1000 });
for my $how (qw(cut hang 500))
{
	end_is($doubtful, "d--once-message-$how", 'held unknown_outcome', "a message that was answered by $how is held");
	is($gateway->effects("d--once-message-$how"), 'message', 'and not sent again');
}

# a service that sends back what it was sent does not have the token shown
my $echo = campaign_of('[{"invite": {}}]', ['echo']);
end_is($echo, 'echo', 'error delivery_failed', 'an error without a type that is known ends the run');
like($node->safe_psql('postgres', "SELECT outcome->>'answer' FROM campaign.action WHERE campaign_id = $echo"), qr/X-API-KEY: \*{11}"/, 'what it said is kept, without the token');

$node->safe_psql('postgres', "SELECT campaign.resolve(u.action_id, 'resend') FROM campaign.unknown_outcomes u JOIN campaign.prospect p ON p.id = u.prospect_id WHERE p.external_id = 'd--once-message-cut'");
end_is($doubtful, 'd--once-message-cut', 'success', 'sent again by decision, it is');
is($gateway->effects('d--once-message-cut'), 'message message', 'from the beginning');

# ---- Limits, and what can be put right ----------------------------------------------------------------------------------

my $busy = campaign_of('[{"invite": {}}]', [ 'b--once-invite-too_many_requests', 'b2', 'b3' ], options => { places => 1 });
ok(wait_until(sub { grep { ($_->{status} // 0) == 429 } $gateway->requests }, 20), 'a service that is asked too often says so');
ok(poll_until($node, "SELECT l.closed_until > now() + interval '14 minutes' FROM campaign.lane l JOIN campaign.action a ON a.lane_id = l.id WHERE a.campaign_id = $busy LIMIT 1", 't', 20),
	'the lane is closed for a quarter of an hour');
$node->safe_psql('postgres', "UPDATE campaign.lane SET closed_until = now(), ready_at = now() WHERE closed_until > now(); SELECT campaign.wake()");
$node->safe_psql('postgres', "UPDATE campaign.action SET not_before = now() WHERE campaign_id = $busy AND state = 'queued'");
end_is($busy, $_, 'success', 'and then it goes on') for ('b--once-invite-too_many_requests', 'b2', 'b3');
is($gateway->effects('b--once-invite-too_many_requests'), 'invite', 'nobody is invited twice');

my $long = campaign_of('[{"invite": {"note": "' . 'x' x 250 . '"}}]', ['wordy'], note => 200);
end_is($long, 'wordy', 'held too_many_characters', 'a note that is too long for the account does not leave (S2.6)');
is(scalar(grep { $_->{path} =~ /wordy/ } $gateway->requests), 0, 'not even a question');
$node->safe_psql('postgres', "SELECT campaign.edit_step($long, 'invite', '{\"note\": \"Short\"}')");
$node->safe_psql('postgres', "SELECT campaign.requeue(ARRAY(SELECT id FROM campaign.action WHERE campaign_id = $long))");
end_is($long, 'wordy', 'success', 'shortened, it does');

$node->safe_psql('postgres', <<'SQL');
INSERT INTO campaign.adapter (name, action_kind, path, headers) VALUES ('unipile', 'follow', '/follow?account_id={{sender.address}}', '{"X-API-KEY": "{{secret}}"}');
SQL
my $follow = campaign_of('[{"follow": {}}]', ['leader']);
end_is($follow, 'leader', 'error invalid_recipient', 'what a workspace adds to a service is asked for, and goes by what that answers');
$node->safe_psql('postgres', <<"SQL");
DELETE FROM campaign.adapter WHERE name = 'unipile' AND action_kind = 'follow';
INSERT INTO campaign.prospect (id, external_id) VALUES (77, 'follower');
SELECT campaign.enroll($follow, ARRAY[77]);
SQL
end_is($follow, 'follower', 'held not_offered', 'what the service does not offer is held');
is($node->safe_psql('postgres', "SELECT detail FROM campaign.preflight($follow) WHERE NOT ok AND severity = 'error'"),
	'channel "' . $node->safe_psql('postgres', "SELECT h.name FROM campaign.campaign_account o JOIN campaign.account a ON a.id = o.account_id JOIN campaign.channel h ON h.id = a.channel_id WHERE o.campaign_id = $follow")
	. '" speaks to "unipile", which does not offer follow', 'and told before a launch');

# ---- Sessions --------------------------------------------------------------------------------------------------------------

$gateway->control(account => 'sick', error => 'disconnected_account');
my $sick = campaign_of('[{"invite": {}}]', [ 'p1', 'p2', 'p3' ], account => 'sick');
my $state = "SELECT s.session_state FROM campaign.account s WHERE s.address = 'sick'";
ok(poll_until($node, $state, 'disconnected', 20), 'a session that has ended is noticed (S1.25)');
is($node->safe_psql('postgres', "SELECT health, health_details->0->>'code' FROM campaign.overview WHERE campaign_id = $sick"), 'errors|session_disconnected', 'and an error of the campaign');
my $before = grep { ($_->{query}{account_id} // '') eq 'sick' } $gateway->requests;
cmp_ok($before, '<=', 3, 'nothing more is tried');
$gateway->control(account => 'sick', error => '');
$node->safe_psql('postgres', <<'SQL');
SELECT campaign.set_secret('ingest_unipile', 'callback');
SELECT campaign.ingest('unipile', '{"Unipile-Auth": "callback"}', '{"AccountStatus": {"account_id": "sick", "account_type": "LINKEDIN", "message": "RECONNECTED"}}');
SQL
is($node->safe_psql('postgres', $state), 'connected', 'a session that the service calls back about is there again');
end_is($sick, $_, 'success', 'and all go on by themselves') for qw(p1 p2 p3);

# an owner who has signed out, and one whose membership has ended (S1.26, S1.27)
for my $case ([ 'identity_inactive', 'UPDATE campaign.account SET identity_active = %s WHERE address = \'away\'' ],
	[ 'user_inactive', 'UPDATE campaign.member m SET is_active = %s FROM campaign.account a WHERE a.member_id = m.id AND a.address = \'away\'' ])
{
	my ($code, $change) = @$case;
	my $away = campaign_of('[{"delay": "1 second"}, {"invite": {}}]', ["$code-1"], account => 'away');
	$node->safe_psql('postgres', sprintf $change, 'false');
	ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE campaign_id = $away AND state = 'queued'", '1', 20), "$code: what is due waits");
	like($node->safe_psql('postgres', "SELECT health_details FROM campaign.overview WHERE campaign_id = $away"), qr/"code": "$code"/, "$code: an error of the campaign");
	is($gateway->effects("$code-1"), '', "$code: nothing has left");
	$node->safe_psql('postgres', sprintf $change, 'true');
	end_is($away, "$code-1", 'success', "$code: and goes on by itself when that is over");
}

# ---- Acceptances that nobody tells of ---------------------------------------------------------------------------------------

my $wait = '[{"invite": {}}, {"wait": {"until": "connected", "within": "4 seconds", "else": "failure"}}]';
my $late = campaign_of($wait, [ 'late', 'never' ], account => 'quiet');
ok(wait_until(sub { $gateway->effects('late') eq 'invite' && $gateway->effects('never') eq 'invite' }, 20), 'two are invited');
$gateway->control(account => 'quiet', relation => 'ACo_late');
end_is($late, 'late', 'success', 'who has accepted without anybody telling is found by the look before the deadline (S2.19)');
end_is($late, 'never', 'failure timed_out', 'who has not is not waited for');
cmp_ok(scalar(grep { $_->{path} =~ m{/users/relations$} && $_->{query}{account_id} eq 'quiet' } $gateway->requests), '<=', 2, 'it is asked once more, not all the time');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind = 'connected' AND campaign_id = $late"), '1', 'the event is in the log');

my $slow = campaign_of('[{"invite": {}}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}]', ['slow'], account => 'slow');
ok(poll_until($node, "SELECT count(*) FROM campaign.relation r JOIN campaign.account a ON a.id = r.account_id WHERE a.address = 'slow' AND r.state = 'pending'", '1', 20), 'an invitation is pending');
$gateway->control(account => 'slow', relation => 'ACo_slow');
$node->safe_psql('postgres', "UPDATE campaign.relation_poll p SET next_at = now() FROM campaign.account a WHERE a.id = p.account_id AND a.address = 'slow'; SELECT campaign.wake()");
end_is($slow, 'slow', 'success', 'relations are asked for now and then');

my $mute = campaign_of($wait, ['mute'], account => 'mute');
ok(wait_until(sub { $gateway->effects('mute') eq 'invite' }, 20), 'another one is invited');
$gateway->control(account => 'mute', error => 'limit_exceeded');
ok(wait_until(sub { grep { $_->{path} =~ m{/users/relations$} && $_->{query}{account_id} eq 'mute' } $gateway->requests }, 20), 'a service that does not answer is asked at the deadline');
is(ends_of($node, $mute)->{mute} // '', '', 'and the run waits');
$node->safe_psql('postgres', "UPDATE campaign.relation_poll SET unanswered_since = now() - interval '61 minutes'");
end_is($mute, 'mute', 'failure timed_out', 'but not for more than an hour');

my $dump = PostgreSQL::Test::Utils::tempdir('dump') . '/all.sql';
$node->command_ok([ 'pg_dump', '--file', $dump, 'postgres' ], 'a dump is made');
unlike(slurp_file($dump), qr/canary-7f3a/, 'the token is in no dump');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%canary-7f' || '3a%'"), '0', 'and in no statement that is shown');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/canary-7f3a/, 'the token is in no log');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed');
done_testing();

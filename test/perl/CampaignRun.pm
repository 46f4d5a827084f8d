=head1 NAME

CampaignRun - campaigns over HTTP for the TAP tests, and what the receiver's log says of them

=head1 SYNOPSIS

  use CampaignTest;
  use CampaignRun;

  my $campaign = run_campaign($node, count => 100, url => $sink->url, options => {idempotent => 1});
  poll_until($node, left_open($campaign), '0', 30);
  is_deeply(broken_promises($node, $sink, $campaign), {}, 'each was delivered once');

=cut

package CampaignRun;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();

our @EXPORT = qw(run_campaign left_open states actions_of broken_promises);

my $channels = 0;

=head1 FUNCTIONS

=over

=item run_campaign($node, count => 1, url => $url, transport => 'http', options => {}, steps => $json, kind => 'visit', settings => {}, provider => 'test', accounts => 1, max => $n, channel_max => $n)

Makes a channel that posts, or mails, to $url, so many accounts on it, so many prospects and a
campaign of these steps (one action of this kind if none are given), launches
it, enrols all prospects, and returns its id. Options are those of the channel;
booleans are 1 and 0 for C<idempotent> and C<5xx_means_not_accepted>; max is what each
account may do in a day, channel_max what all of them may. Names end in a number that goes up from 1 with each call.

=cut

sub run_campaign
{
	my ($node, %wish) = @_;
	my $name = 'c' . ++$channels;
	my $transport = $wish{transport} // 'http';
	my %options = (($transport eq 'http' ? 'allow_http' : 'allow_clear') => 1, allow_private => 1, %{ $wish{options} // {} });
	for my $flag (grep { exists $options{$_} } qw(allow_http allow_clear allow_private idempotent 5xx_means_not_accepted))
	{
		$options{$flag} = $options{$flag} ? JSON::PP::true : JSON::PP::false;
	}
	my $json = JSON::PP->new->canonical->encode(\%options);
	my $settings = JSON::PP->new->canonical->encode({ active_cap => 1_000_000, %{ $wish{settings} // {} } });
	my $count = $wish{count} // 1;
	my $address = $transport eq 'http' ? $name : "$name\@example.org";
	my $kind = $wish{kind} // 'visit';
	my $steps = $wish{steps} // qq([{"$kind": {}}]);
	my $provider = $wish{provider} // 'test';
	my $accounts = $wish{accounts} // 1;
	my $quotas = join "\n",
		defined $wish{max} ? "INSERT INTO campaign.quota (scope, account_id, period, max_actions)"
			. " SELECT 'account', a.id, 'day', $wish{max} FROM campaign.account a WHERE a.channel_id = :channel;" : (),
		defined $wish{channel_max} ? "INSERT INTO campaign.quota (scope, channel_id, period, max_actions) VALUES ('channel', :channel, 'day', $wish{channel_max});" : ();

	return $node->safe_psql('postgres', <<"SQL");
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
INSERT INTO campaign.channel (name, transport, url, options) VALUES ('$name', '$transport', '$wish{url}', '$json') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
	SELECT :member, :channel, CASE i WHEN 1 THEN '' ELSE i || '-' END || '$address', '$provider' FROM generate_series(1, $accounts) i;
$quotas
INSERT INTO campaign.prospect (external_id) SELECT '$name-' || i FROM generate_series(1, $count) i;
SELECT campaign.create_sequence('$name', '$steps') AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY(SELECT id FROM campaign.account WHERE channel_id = :channel ORDER BY id),
	settings => '$settings') AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign,
	ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%')) \\gset
\\echo :campaign
SQL
}

=item left_open(@campaigns)

The statement that counts what is to be done for them now: runs that are due,
actions that are queued or on their way, and what was reported. What a gateway took
on and is to report is not counted.

=cut

sub left_open
{
	my $ids = join ',', @_;
	return "SELECT (SELECT count(*) FROM campaign.enrollment WHERE campaign_id IN ($ids) AND ended_at IS NULL AND due_at <= now())"
		. " + (SELECT count(*) FROM campaign.action WHERE campaign_id IN ($ids) AND (state = 'queued' OR state = 'processing' AND incarnation IS NOT NULL))"
		. ' + (SELECT count(*) FROM campaign.inbox)';
}

=item states($node, $campaign)

How many actions are in which state, for which reason: C<complete 3>, or
C<held unknown_outcome 3>, several separated by commas.

=cut

sub states
{
	my ($node, $campaign) = @_;
	return $node->safe_psql('postgres',
		"SELECT string_agg(concat_ws(' ', state, reason, n), ', ' ORDER BY state, reason) FROM"
			. " (SELECT state, reason, count(*) AS n FROM campaign.action WHERE campaign_id = $campaign GROUP BY 1, 2) a");
}

=item actions_of($node, $campaign)

Its actions by key: a hash of hashes of id, state and attempt. Those that were
never started have no key, and are not in it.

=cut

sub actions_of
{
	my ($node, $campaign) = @_;
	my %actions;
	for my $line (split /\n/, $node->safe_psql('postgres',
		"SELECT key, id, state, attempt FROM campaign.action WHERE campaign_id = $campaign AND key IS NOT NULL"))
	{
		my ($key, %action);
		($key, @action{qw(id state attempt)}) = split /\|/, $line;
		$actions{$key} = \%action;
	}
	return \%actions;
}

=item broken_promises($node, $sink, $campaign, repeats => 0, path => '/ok')

Holds the log of the receiver against the actions of the campaign and gives what
is not as promised, as a hash of at most five examples each; an empty one is what
is wanted.

  lost       the action is complete, and the receiver never took it
  unasked    the receiver was sent what no committed action is
  altered    a repeat had other bytes than the first request
  doubled    two keys took effect for one action
  repeated   a request was repeated (unless C<repeats> is true)

With C<path>, only requests that name it are looked at: what others did that use
the same receiver is left out.

=back

=cut

sub broken_promises
{
	my ($node, $sink, $campaign, %how) = @_;
	my $actions = actions_of($node, $campaign);
	my (%times, %taken, %bytes, %effects, %broken);

	for my $request ($sink->requests)
	{
		next if defined $how{path} && index($request->{path}, $how{path}) != 0;
		my $key = $request->{key};
		my $action = $actions->{$key};
		my ($id) = $request->{body} =~ /"action_id": "(\d+)"/;
		push @{ $broken{unasked} }, $key if !$action || $action->{id} ne ($id // '');
		push @{ $broken{altered} }, $key if ($bytes{$key} //= $request->{body}) ne $request->{body};
		$times{$key}++;
		# what is answered by a status from 300 on has no effect
		next if $request->{status} =~ /^[345]\d\d$/ || $request->{status} eq 'repeat';
		$taken{$key} = 1;
		$effects{ $id // '' }{$key} = 1;
	}
	for my $key (sort keys %$actions)
	{
		push @{ $broken{lost} }, $key if $actions->{$key}{state} eq 'complete' && !$taken{$key};
		push @{ $broken{repeated} }, $key if !$how{repeats} && ($times{$key} // 0) > 1;
	}
	push @{ $broken{doubled} }, grep { keys %{ $effects{$_} } > 1 } sort keys %effects;
	for my $kind (keys %broken)
	{
		delete $broken{$kind} if !@{ $broken{$kind} };
		splice @{ $broken{$kind} }, 5 if $broken{$kind};
	}
	return \%broken;
}

1;

=head1 NAME

CampaignServices - local doubles of Dropcontact, HubSpot and noCRM.io, as far as campaigns speak to them

=head1 SYNOPSIS

  use CampaignServices;

  my $dropcontact = start_dropcontact(key => 'abc', ready_after => 1, finds => { Ada => [ 'ada@work.example', 'nominative@pro' ] });
  my $hubspot = start_hubspot(token => 'abc');
  my $nocrm = start_nocrm(key => 'abc');

=head1 DESCRIPTION

Each is a L<CampaignGateway>, written after what the service's documentation says of requests, answers and
errors. What they hold is listed by C<GET /double/...>, which the services do not have; see C<held()>.

=cut

package CampaignServices;

use strict;
use warnings;

use CampaignGateway;
use Exporter 'import';
use JSON::PP ();
use Time::HiRes qw(time);

our @EXPORT = qw(start_dropcontact start_hubspot start_nocrm held service_campaign ends_of);

my $campaigns = 0;

=head1 FUNCTIONS

=over

=item held($double)

What a double holds, decoded: asked for as no client would. It does not count as a request of the test's.

=cut

sub held
{
	my ($double) = @_;
	my ($host) = $double->url =~ m{//(.*)};
	my $socket = IO::Socket::INET->new(PeerAddr => $host) or die "the double is gone: $!";
	print $socket "GET /double/held HTTP/1.1\r\nHost: $host\r\n\r\n";
	my $answer = '';
	while ($answer !~ /\r\n\r\n/ || length $' < ($answer =~ /Content-Length: (\d+)/)[0])
	{
		sysread $socket, $answer, 65536, length $answer or last;
	}
	my ($body) = $answer =~ /\r\n\r\n(.*)/s;
	return JSON::PP->new->utf8->decode($body);
}

=item service_campaign($node, adapter => $name, url => $url, secret => $secret, steps => $json, people => [...], options => {}, settings => {})

Makes a channel with this adapter, an account on it and a campaign of these steps, launches it, and enrols the
people, hashes of columns of C<prospect>, whose external_id is made of the campaign's name, C<s1>, C<s2>, and so on, and their
place in the list: C<s1-1>. An attempt follows another after 50 ms, unless C<options> say otherwise. Gives the ids of
campaign and account, and the name, as a hash.

=cut

sub quoted
{
	my ($text) = @_;
	return defined $text ? "'" . ($text =~ s/'/''/gr) . "'" : 'NULL';
}

sub service_campaign
{
	my ($node, %wish) = @_;
	my $name = 's' . ++$campaigns;
	my $encode = JSON::PP->new->canonical;
	my $options = quoted($encode->encode({
		allow_http => JSON::PP::true, allow_private => JSON::PP::true, retry_first_ms => 50, retry_cap_ms => 50, %{ $wish{options} // {} } }));
	my $settings = quoted($encode->encode($wish{settings} // {}));
	my ($url, $adapter, $secret, $steps, $address) = map { quoted($_) } @wish{qw(url adapter secret steps)}, $wish{address} // $name;
	my $place = 0;
	my $people = join '', map {
		my $person = $_;
		my @columns = sort keys %$person;
		'INSERT INTO campaign.prospect (' . join(', ', 'external_id', @columns) . ') VALUES ('
			. join(', ', quoted($name . '-' . ++$place), map { quoted($person->{$_}) } @columns) . ");\n";
	} @{ $wish{people} };

	my ($campaign, $account) = split /\|/, $node->safe_psql('postgres', <<"SQL");
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
SELECT campaign.set_secret('$name', $secret) \\gset
INSERT INTO campaign.channel (name, transport, adapter, url, secret, options)
	VALUES ('$name', 'http', $adapter, $url, CASE WHEN $secret IS NOT NULL THEN '$name' END, $options) RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, $address) RETURNING id AS account \\gset
$people
SELECT campaign.create_sequence('$name', $steps) AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]::bigint[], settings => $settings) AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign,
	ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%' ORDER BY id)) \\gset
SELECT :campaign, :account;
SQL
	return { id => $campaign, account => $account =~ s/\s//gr, name => $name };
}

=item ends_of($campaign)

The statement that tells how its runs have ended, as C<s1-1 success success, s1-2 in_progress>: in the order of prospects.

=cut

sub ends_of
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', external_id, COALESCE(end_kind, status), code), ', ' ORDER BY prospect_id)"
		. " FROM campaign.prospect_status WHERE campaign_id = $campaign->{id}";
}

=item start_dropcontact(key => $key, finds => {}, ready_after => 1, credits => 1000)

Enrichment in batches: submitted, then asked for under a request id, which is not ready for the first
C<ready_after> times. A contact is found by its first name: C<finds> has lists of addresses and qualifications.
What somebody has to know of a contact is checked, as is the size of a batch.

=cut

sub start_dropcontact
{
	my (%how) = @_;
	my %finds = %{ $how{finds} // {} };
	my $credits = $how{credits} // 1000;
	my (%batches, $next);

	my $no = sub { return { status => $_[0], json => { error => JSON::PP::true, success => JSON::PP::false, reason => $_[1] } } };
	my $known_enough = sub {
		my ($contact) = @_;
		my $named = defined $contact->{full_name} || defined $contact->{first_name} && defined $contact->{last_name};
		return $named && (defined $contact->{company} || defined $contact->{website}) || defined $contact->{linkedin} || defined $contact->{email};
	};
	my $enriched = sub {
		my ($contact) = @_;
		my @found = @{ $finds{ $contact->{first_name} // '' } // [] };
		my @emails;
		while (my ($email, $qualification) = splice @found, 0, 2)
		{
			push @emails, { email => $email, qualification => $qualification };
		}
		return {
			%$contact,
			civility => 'Mrs.',
			full_name => join(' ', grep { defined } @$contact{qw(first_name last_name)}),
			email => \@emails,
			siren => '',
		};
	};
	return start_gateway(sub {
		my ($request) = @_;
		return { status => 200, json => { batches => \%batches, credits => $credits } } if $request->{path} eq '/double/held';
		return $no->(401, 'Invalid access token') if ($request->{headers}{'x-access-token'} // '') ne $how{key};
		if ($request->{method} eq 'POST' && $request->{path} eq '/v1/enrich/all')
		{
			my $data = ref $request->{json} eq 'HASH' ? $request->{json}{data} : undef;
			return $no->(400, 'data is missing') if ref $data ne 'ARRAY';
			return { status => 200, json => { error => JSON::PP::false, success => JSON::PP::true, credits_left => $credits } } if !@$data;
			return $no->(400, 'at most 250 contacts') if @$data > 250;
			return $no->(400, 'not enough is known of a contact') if grep { !$known_enough->($_) } @$data;
			return $no->(403, 'Not enough credits') if $credits < @$data;
			$credits -= @$data;
			my $id = sprintf 'batch-%d', ++$next;
			$batches{$id} = { asked => 0, data => $data };
			return { status => 200, json => { error => JSON::PP::false, success => JSON::PP::true, request_id => $id, credits_left => $credits } };
		}
		if ($request->{method} eq 'GET' && $request->{path} =~ m{^/v1/enrich/all/([^/]+)$})
		{
			my $batch = $batches{$1} or return $no->(404, 'Unknown request id');
			return { status => 200, json => { error => JSON::PP::false, success => JSON::PP::false, reason => 'Request not ready yet, try again in 30 seconds' } }
				if $batch->{asked}++ < ($how{ready_after} // 1);
			return { status => 200, json => { error => JSON::PP::false, success => JSON::PP::true, data => [ map { $enriched->($_) } @{ $batch->{data} } ] } };
		}
		return $no->(404, 'Not found');
	});
}

=item start_hubspot(token => $token, properties => [...])

Contacts of a portal, by their address: created, changed by id, and put in by the batch, whose errors name
the trace id of what they are about; it is refused as a whole if an address is in it twice. Unknown properties and addresses that are none are refused. Addresses that
begin with C<busy> are being written by somebody else when they come first.

=cut

sub start_hubspot
{
	my (%how) = @_;
	my %known = map { $_ => 1 } @{ $how{properties} // [qw(email firstname lastname company jobtitle phone website)] };
	my (%contacts, %by_email, %busy, $next);
	$next = 100;

	my $no = sub {
		my ($status, $category, $message, %more) = @_;
		return { status => $status, json => { status => 'error', category => $category, message => $message, correlationId => 'double', %more } };
	};
	my $fault_of = sub {
		my ($properties) = @_;
		return 'properties are missing' if ref $properties ne 'HASH';
		for my $name (sort keys %$properties)
		{
			return qq(Property "$name" does not exist) if !$known{$name};
		}
		return 'Email address is invalid' if defined $properties->{email} && $properties->{email} !~ /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
		return undef;
	};
	my $shown = sub {
		my ($id, %more) = @_;
		return { id => "$id", properties => $contacts{$id}, createdAt => '2026-03-02T09:00:00.000Z', updatedAt => '2026-03-02T09:00:00.000Z', archived => JSON::PP::false, %more };
	};
	my $put = sub {
		my ($id, $properties) = @_;
		$contacts{$id} = { %{ $contacts{$id} // {} }, %$properties };
		$by_email{ lc $contacts{$id}{email} } = $id if defined $contacts{$id}{email};
	};
	my $upsert = sub {
		my ($inputs) = @_;
		return $no->(400, 'VALIDATION_ERROR', 'inputs are missing') if ref $inputs ne 'ARRAY' || !@$inputs;
		return $no->(400, 'VALIDATION_ERROR', 'at most 100 inputs') if @$inputs > 100;
		my %ids;
		return $no->(400, 'VALIDATION_ERROR', 'Duplicate IDs found in batch input') if grep { $ids{ lc($_->{id} // '') }++ } @$inputs;
		my (@results, @errors);
		for my $input (@$inputs)
		{
			my $trace = $input->{objectWriteTraceId};
			my $fault = ($input->{idProperty} // '') ne 'email' ? 'idProperty has to be email' : $fault_of->({ %{ $input->{properties} // {} }, email => $input->{id} });
			if (defined $fault)
			{
				push @errors, { status => 'error', category => 'VALIDATION_ERROR', message => $fault, context => { objectWriteTraceId => [$trace] } };
				next;
			}
			if ($input->{id} =~ /^busy/ && !$busy{ $input->{id} }++)
			{
				push @errors, { status => 'error', category => 'CONFLICT', message => 'Contact is being written', context => { objectWriteTraceId => [$trace] } };
				next;
			}
			my $id = $by_email{ lc $input->{id} };
			my $new = !defined $id;
			$id //= ++$next;
			$put->($id, { %{ $input->{properties} }, email => $input->{id} });
			push @results, $shown->($id, new => $new ? JSON::PP::true : JSON::PP::false, objectWriteTraceId => $trace);
		}
		my %answer = (status => 'COMPLETE', startedAt => '2026-03-02T09:00:00.000Z', completedAt => '2026-03-02T09:00:00.000Z', results => \@results);
		return { status => 200, json => \%answer } if !@errors;
		return { status => 207, json => { %answer, numErrors => scalar @errors, errors => \@errors } };
	};
	return start_gateway(sub {
		my ($request) = @_;
		my ($method, $path, $json) = @$request{qw(method path json)};
		return { status => 200, json => \%contacts } if $path eq '/double/held';
		return $no->(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.')
			if ($request->{headers}{authorization} // '') ne "Bearer $how{token}";
		return $no->(400, 'VALIDATION_ERROR', 'Invalid input JSON') if ref $json ne 'HASH';
		return $upsert->($json->{inputs}) if $method eq 'POST' && $path eq '/crm/v3/objects/contacts/batch/upsert';
		if ($method eq 'POST' && $path eq '/crm/v3/objects/contacts')
		{
			my $fault = $fault_of->($json->{properties});
			return $no->(400, 'VALIDATION_ERROR', $fault) if defined $fault;
			my $known = $by_email{ lc($json->{properties}{email} // '') };
			return $no->(409, 'CONFLICT', "Contact already exists. Existing ID: $known") if defined $known;
			$put->(++$next, $json->{properties});
			return { status => 201, json => $shown->($next) };
		}
		if ($method eq 'PATCH' && $path =~ m{^/crm/v3/objects/contacts/(\d+)$})
		{
			my $fault = $fault_of->($json->{properties});
			return $no->(404, 'OBJECT_NOT_FOUND', 'resource not found') if !$contacts{$1};
			return $no->(400, 'VALIDATION_ERROR', $fault) if defined $fault;
			$put->($1, $json->{properties});
			return { status => 200, json => $shown->($1) };
		}
		return $no->(404, 'NOT_FOUND', 'no such address');
	});
}

=item start_nocrm(key => $key, users => [...])

Leads of an account: created, one more for each POST, since there is no key by which they would be told
apart; commented on; and listed by a field of their descriptions.

=back

=cut

sub start_nocrm
{
	my (%how) = @_;
	my %users = map { $_ => 1 } @{ $how{users} // [] };
	my %leads;
	my $next = 8100;

	my $no = sub {
		my ($status, $message, $type) = @_;
		return { status => $status, json => { error => $status, message => $message, type => $type } };
	};
	my $fields_of = sub {
		my ($lead) = @_;
		return map { /^([^:]+):\s*(.*)$/ ? ($1 => $2) : () } split /\n/, $lead->{description} // '';
	};
	return start_gateway(sub {
		my ($request) = @_;
		my ($method, $path, $json, $query) = @$request{qw(method path json query)};
		return { status => 200, json => \%leads } if $path eq '/double/held';
		return $no->(401, 'Unauthorized', 'unauthorized_missing_token') if !defined $request->{headers}{'x-api-key'};
		return $no->(401, 'Unauthorized', 'unauthorized_wrong_api_key') if $request->{headers}{'x-api-key'} ne $how{key};
		if ($method eq 'POST' && $path eq '/api/v2/leads')
		{
			return $no->(400, 'title is missing', 'invalid_parameters') if ref $json ne 'HASH' || ($json->{title} // '') eq '';
			return $no->(400, 'No such user', 'user_not_found') if defined $json->{user_id} && !$users{ $json->{user_id} };
			my $id = ++$next;
			$leads{$id} = { %$json, id => $id, status => 'todo', step => 'Incoming', permalink => "https://double.nocrm.io/leads/$id", comments => [] };
			return { status => 201, json => $leads{$id} };
		}
		if ($method eq 'GET' && $path eq '/api/v2/leads')
		{
			my @found = map { $leads{$_} } sort { $b <=> $a } keys %leads;
			if (defined $query->{field_key})
			{
				@found = grep { my %fields = $fields_of->($_); ($fields{ $query->{field_key} } // '') eq ($query->{field_value} // '') } @found;
			}
			my $total = @found;
			splice @found, $query->{limit} // 100;
			return { status => 200, headers => { 'X-TOTAL-COUNT' => $total }, json => \@found };
		}
		if ($path =~ m{^/api/v2/leads/(\d+)(/comments)?$})
		{
			my $lead = $leads{$1} or return $no->(404, 'Record not found', 'record_not_found');
			if ($method eq 'POST' && $2)
			{
				return $no->(400, 'content is missing', 'invalid_parameters') if ref $json ne 'HASH' || ($json->{content} // '') eq '';
				push @{ $lead->{comments} }, $json->{content};
				return { status => 201, json => { id => 1000 + @{ $lead->{comments} }, content => $json->{content} } };
			}
			return { status => 200, json => $lead } if $method eq 'GET' && !$2;
			if ($method eq 'PUT' && !$2)
			{
				$leads{$1} = { %$lead, %$json };
				return { status => 200, json => $leads{$1} };
			}
		}
		return $no->(404, 'Record not found', 'record_not_found');
	});
}

1;

# Completion of p11ca for bash; written by scripts/gen-completion; do not edit.

# command:option (or only command: what follows it) -> argument
declare -gA _p11ca_argument=(
	[':--home']='dir'
	[':--json']='none'
	[':-q']='none'
	[':-v']='none'
	[':--version']='none'
	[':--help']='none'
	[':-h']='none'
	['init']='none'
	['init:--region']='word'
	['init:--account']='word'
	['init:--softhsm']='none'
	['init:--module']='file'
	['init:--token']='word'
	['init:--pin']='word'
	['config']='none'
	['token list']='none'
	['token list:--module']='file'
	['token list:--init-args']='word'
	['token list:--isolate']='none'
	['token show']='word'
	['token show:--module']='file'
	['token show:--init-args']='word'
	['token show:--isolate']='none'
	['token show:--pin']='word'
	['token show:--public']='none'
	['token probe']='word'
	['token probe:--module']='file'
	['token probe:--init-args']='word'
	['token probe:--isolate']='none'
	['token probe:--pin']='word'
	['token probe:--permanent']='none'
	['create']='none'
	['create:--type']='ROOT|SUBORDINATE'
	['create:--subject']='word'
	['create:--configuration']='file'
	['create:--key-algorithm']='RSA_2048|RSA_3072|RSA_4096|EC_prime256v1|EC_secp384r1|EC_secp521r1|ED25519'
	['create:--signing-algorithm']='SHA256WITHRSA|SHA384WITHRSA|SHA512WITHRSA|SHA256WITHRSA_PSS|SHA384WITHRSA_PSS|SHA512WITHRSA_PSS|SHA256WITHECDSA|SHA384WITHECDSA|SHA512WITHECDSA|ED25519'
	['create:--name']='word'
	['create:--token']='word'
	['create:--key']='word'
	['create:--copies-may-exist']='none'
	['create:--revocation-configuration']='file'
	['create:--usage-mode']='GENERAL_PURPOSE|SHORT_LIVED_CERTIFICATE'
	['create:--key-storage-security-standard']='FIPS_140_2_LEVEL_3_OR_HIGHER|FIPS_140_2_LEVEL_2_OR_HIGHER|CCPC_LEVEL_1_OR_HIGHER'
	['create:--tag']='word'
	['create:--idempotency-token']='word'
	['create:--key-usage']='word'
	['create:--subject-information-access']='word'
	['csr']='ca'
	['check']='none'
	['check:--certificate']='file'
	['check:--chain']='file'
	['check:--ca']='ca'
	['check:--csr']='file'
	['check:--public-key']='file'
	['check:--type']='ROOT|SUBORDINATE'
	['check:--at']='word'
	['import']='ca'
	['import:--certificate']='file'
	['import:--chain']='file'
	['import:--store-certificate']='none'
	['activate']='ca'
	['activate:--parent']='ca'
	['activate:--template']='BlankEndEntityCertificate_APICSRPassthrough|BlankEndEntityCertificate_APIPassthrough|BlankEndEntityCertificate_CSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough|BlankRootCACertificate_APIPassthrough|BlankRootCACertificate_PathLen0_APIPassthrough|BlankRootCACertificate_PathLen1_APIPassthrough|BlankRootCACertificate_PathLen2_APIPassthrough|BlankRootCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen0_APICSRPassthrough|BlankSubordinateCACertificate_PathLen0_APIPassthrough|BlankSubordinateCACertificate_PathLen0_CSRPassthrough|BlankSubordinateCACertificate_PathLen1_APICSRPassthrough|BlankSubordinateCACertificate_PathLen1_APIPassthrough|BlankSubordinateCACertificate_PathLen1_CSRPassthrough|BlankSubordinateCACertificate_PathLen2_APICSRPassthrough|BlankSubordinateCACertificate_PathLen2_APIPassthrough|BlankSubordinateCACertificate_PathLen2_CSRPassthrough|BlankSubordinateCACertificate_PathLen3_APICSRPassthrough|BlankSubordinateCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen3_CSRPassthrough|CodeSigningCertificate|CodeSigningCertificate_APICSRPassthrough|CodeSigningCertificate_APIPassthrough|CodeSigningCertificate_CSRPassthrough|EndEntityCertificate|EndEntityCertificate_APICSRPassthrough|EndEntityCertificate_APIPassthrough|EndEntityCertificate_CSRPassthrough|EndEntityClientAuthCertificate|EndEntityClientAuthCertificate_APICSRPassthrough|EndEntityClientAuthCertificate_APIPassthrough|EndEntityClientAuthCertificate_CSRPassthrough|EndEntityServerAuthCertificate|EndEntityServerAuthCertificate_APICSRPassthrough|EndEntityServerAuthCertificate_APIPassthrough|EndEntityServerAuthCertificate_CSRPassthrough|OCSPSigningCertificate|OCSPSigningCertificate_APICSRPassthrough|OCSPSigningCertificate_APIPassthrough|OCSPSigningCertificate_CSRPassthrough|RootCACertificate|RootCACertificate_APIPassthrough|SubordinateCACertificate_PathLen0|SubordinateCACertificate_PathLen0_APICSRPassthrough|SubordinateCACertificate_PathLen0_APIPassthrough|SubordinateCACertificate_PathLen0_CSRPassthrough|SubordinateCACertificate_PathLen1|SubordinateCACertificate_PathLen1_APICSRPassthrough|SubordinateCACertificate_PathLen1_APIPassthrough|SubordinateCACertificate_PathLen1_CSRPassthrough|SubordinateCACertificate_PathLen2|SubordinateCACertificate_PathLen2_APICSRPassthrough|SubordinateCACertificate_PathLen2_APIPassthrough|SubordinateCACertificate_PathLen2_CSRPassthrough|SubordinateCACertificate_PathLen3|SubordinateCACertificate_PathLen3_APICSRPassthrough|SubordinateCACertificate_PathLen3_APIPassthrough|SubordinateCACertificate_PathLen3_CSRPassthrough'
	['activate:--days']='word'
	['activate:--months']='word'
	['activate:--years']='word'
	['activate:--until']='word'
	['activate:--end-date']='word'
	['issue']='ca'
	['issue:--csr']='file'
	['issue:--batch']='file'
	['issue:--out']='dir'
	['issue:--template']='BlankEndEntityCertificate_APICSRPassthrough|BlankEndEntityCertificate_APIPassthrough|BlankEndEntityCertificate_CSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough|BlankRootCACertificate_APIPassthrough|BlankRootCACertificate_PathLen0_APIPassthrough|BlankRootCACertificate_PathLen1_APIPassthrough|BlankRootCACertificate_PathLen2_APIPassthrough|BlankRootCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen0_APICSRPassthrough|BlankSubordinateCACertificate_PathLen0_APIPassthrough|BlankSubordinateCACertificate_PathLen0_CSRPassthrough|BlankSubordinateCACertificate_PathLen1_APICSRPassthrough|BlankSubordinateCACertificate_PathLen1_APIPassthrough|BlankSubordinateCACertificate_PathLen1_CSRPassthrough|BlankSubordinateCACertificate_PathLen2_APICSRPassthrough|BlankSubordinateCACertificate_PathLen2_APIPassthrough|BlankSubordinateCACertificate_PathLen2_CSRPassthrough|BlankSubordinateCACertificate_PathLen3_APICSRPassthrough|BlankSubordinateCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen3_CSRPassthrough|CodeSigningCertificate|CodeSigningCertificate_APICSRPassthrough|CodeSigningCertificate_APIPassthrough|CodeSigningCertificate_CSRPassthrough|EndEntityCertificate|EndEntityCertificate_APICSRPassthrough|EndEntityCertificate_APIPassthrough|EndEntityCertificate_CSRPassthrough|EndEntityClientAuthCertificate|EndEntityClientAuthCertificate_APICSRPassthrough|EndEntityClientAuthCertificate_APIPassthrough|EndEntityClientAuthCertificate_CSRPassthrough|EndEntityServerAuthCertificate|EndEntityServerAuthCertificate_APICSRPassthrough|EndEntityServerAuthCertificate_APIPassthrough|EndEntityServerAuthCertificate_CSRPassthrough|OCSPSigningCertificate|OCSPSigningCertificate_APICSRPassthrough|OCSPSigningCertificate_APIPassthrough|OCSPSigningCertificate_CSRPassthrough|RootCACertificate|RootCACertificate_APIPassthrough|SubordinateCACertificate_PathLen0|SubordinateCACertificate_PathLen0_APICSRPassthrough|SubordinateCACertificate_PathLen0_APIPassthrough|SubordinateCACertificate_PathLen0_CSRPassthrough|SubordinateCACertificate_PathLen1|SubordinateCACertificate_PathLen1_APICSRPassthrough|SubordinateCACertificate_PathLen1_APIPassthrough|SubordinateCACertificate_PathLen1_CSRPassthrough|SubordinateCACertificate_PathLen2|SubordinateCACertificate_PathLen2_APICSRPassthrough|SubordinateCACertificate_PathLen2_APIPassthrough|SubordinateCACertificate_PathLen2_CSRPassthrough|SubordinateCACertificate_PathLen3|SubordinateCACertificate_PathLen3_APICSRPassthrough|SubordinateCACertificate_PathLen3_APIPassthrough|SubordinateCACertificate_PathLen3_CSRPassthrough'
	['issue:--days']='word'
	['issue:--months']='word'
	['issue:--years']='word'
	['issue:--until']='word'
	['issue:--end-date']='word'
	['issue:--not-before']='word'
	['issue:--signing-algorithm']='SHA256WITHRSA|SHA384WITHRSA|SHA512WITHRSA|SHA256WITHRSA_PSS|SHA384WITHRSA_PSS|SHA512WITHRSA_PSS|SHA256WITHECDSA|SHA384WITHECDSA|SHA512WITHECDSA|ED25519'
	['issue:--api-passthrough']='file'
	['issue:--idempotency-token']='word'
	['issue:--fullchain']='none'
	['issue:--settle']='none'
	['certs']='ca'
	['certs:--revoked']='none'
	['certs:--template']='BlankEndEntityCertificate_APICSRPassthrough|BlankEndEntityCertificate_APIPassthrough|BlankEndEntityCertificate_CSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough|BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough|BlankRootCACertificate_APIPassthrough|BlankRootCACertificate_PathLen0_APIPassthrough|BlankRootCACertificate_PathLen1_APIPassthrough|BlankRootCACertificate_PathLen2_APIPassthrough|BlankRootCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen0_APICSRPassthrough|BlankSubordinateCACertificate_PathLen0_APIPassthrough|BlankSubordinateCACertificate_PathLen0_CSRPassthrough|BlankSubordinateCACertificate_PathLen1_APICSRPassthrough|BlankSubordinateCACertificate_PathLen1_APIPassthrough|BlankSubordinateCACertificate_PathLen1_CSRPassthrough|BlankSubordinateCACertificate_PathLen2_APICSRPassthrough|BlankSubordinateCACertificate_PathLen2_APIPassthrough|BlankSubordinateCACertificate_PathLen2_CSRPassthrough|BlankSubordinateCACertificate_PathLen3_APICSRPassthrough|BlankSubordinateCACertificate_PathLen3_APIPassthrough|BlankSubordinateCACertificate_PathLen3_CSRPassthrough|CodeSigningCertificate|CodeSigningCertificate_APICSRPassthrough|CodeSigningCertificate_APIPassthrough|CodeSigningCertificate_CSRPassthrough|EndEntityCertificate|EndEntityCertificate_APICSRPassthrough|EndEntityCertificate_APIPassthrough|EndEntityCertificate_CSRPassthrough|EndEntityClientAuthCertificate|EndEntityClientAuthCertificate_APICSRPassthrough|EndEntityClientAuthCertificate_APIPassthrough|EndEntityClientAuthCertificate_CSRPassthrough|EndEntityServerAuthCertificate|EndEntityServerAuthCertificate_APICSRPassthrough|EndEntityServerAuthCertificate_APIPassthrough|EndEntityServerAuthCertificate_CSRPassthrough|OCSPSigningCertificate|OCSPSigningCertificate_APICSRPassthrough|OCSPSigningCertificate_APIPassthrough|OCSPSigningCertificate_CSRPassthrough|RootCACertificate|RootCACertificate_APIPassthrough|SubordinateCACertificate_PathLen0|SubordinateCACertificate_PathLen0_APICSRPassthrough|SubordinateCACertificate_PathLen0_APIPassthrough|SubordinateCACertificate_PathLen0_CSRPassthrough|SubordinateCACertificate_PathLen1|SubordinateCACertificate_PathLen1_APICSRPassthrough|SubordinateCACertificate_PathLen1_APIPassthrough|SubordinateCACertificate_PathLen1_CSRPassthrough|SubordinateCACertificate_PathLen2|SubordinateCACertificate_PathLen2_APICSRPassthrough|SubordinateCACertificate_PathLen2_APIPassthrough|SubordinateCACertificate_PathLen2_CSRPassthrough|SubordinateCACertificate_PathLen3|SubordinateCACertificate_PathLen3_APICSRPassthrough|SubordinateCACertificate_PathLen3_APIPassthrough|SubordinateCACertificate_PathLen3_CSRPassthrough'
	['cert show']='ca'
	['cert show:--pem']='none'
	['cert show:--chain']='none'
	['revoke']='ca'
	['revoke:--reason']='UNSPECIFIED|KEY_COMPROMISE|CERTIFICATE_AUTHORITY_COMPROMISE|AFFILIATION_CHANGED|SUPERSEDED|CESSATION_OF_OPERATION|PRIVILEGE_WITHDRAWN|A_A_COMPROMISE'
	['crl']='ca'
	['crl:--der']='none'
	['crl:--partition']='word'
	['crl:--due']='none'
	['ocsp']='ca'
	['ocsp:--request']='file'
	['ocsp:--responder-certificate']='file'
	['ocsp:--responder-key']='word'
	['revocation']='ca'
	['revocation:--configuration']='file'
	['list']='none'
	['list:--names']='none'
	['show']='ca'
	['show:--certificate']='none'
	['show:--chain']='none'
	['show:--csr']='none'
	['show:--history']='none'
	['tree']='none'
	['enable']='ca'
	['disable']='ca'
	['delete']='ca'
	['delete:--days']='word'
	['delete:--key-stays']='none'
	['delete:--yes']='none'
	['delete:--due']='none'
	['restore']='ca'
	['bucket add']='word'
	['bucket list']='none'
	['audit-report create']='ca'
	['audit-report create:--bucket']='word'
	['audit-report create:--format']='JSON|CSV'
	['audit-report show']='ca'
	['tag add']='ca'
	['tag remove']='ca'
	['tag list']='ca'
	['policy put']='ca'
	['policy put:--policy']='file'
	['policy get']='ca'
	['policy delete']='ca'
	['permission create']='ca'
	['permission create:--principal']='word'
	['permission create:--action']='IssueCertificate|GetCertificate|ListPermissions'
	['permission create:--source-account']='word'
	['permission delete']='ca'
	['permission delete:--principal']='word'
	['permission delete:--source-account']='word'
	['permission list']='ca'
	['doctor']='none'
	['audit show']='none'
	['audit show:--from']='word'
	['audit verify']='none'
	['audit verify:--log']='file'
	['help']='command'
	['help:--table']='none'
	['help:--rules']='none'
	['version']='none'
)

# Possible words, one a line, that go on from what is typed.
_p11ca_offer()
{
	local line

	while IFS= read -r line; do
		[[ -n $line && $line == "$cur"* ]] &&
			COMPREPLY+=("$(printf '%q' "$line")")
	done
}

# What can stand where an argument of this kind is expected.
_p11ca_value()
{
	case $1 in
	file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	dir)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	ca)
		_p11ca_offer < <("${COMP_WORDS[0]}" "${home[@]}" \
			list --names 2>/dev/null)
		;;
	command)
		_p11ca_commands ''
		;;
	*'|'*)
		_p11ca_offer <<<"${1//|/$'\n'}"
		;;
	esac
}

# The commands, or the second words of one.
_p11ca_commands()
{
	local key

	_p11ca_offer < <(
		for key in "${!_p11ca_argument[@]}"; do
			[[ $key != *:* && $key == "$1"* ]] || continue
			key=${key#"$1"}
			printf '%s\n' "${key%% *}"
		done | sort -u
	)
}

_p11ca()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command='' word kind key
	local -a home=()
	local i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -* ]]; then
			kind=${_p11ca_argument["$command:$word"]:-}
			[[ -n $kind ]] || kind=${_p11ca_argument[":$word"]:-none}
			[[ $kind != none ]] || continue
			if ((++i == COMP_CWORD)); then
				_p11ca_value "$kind"
				return
			fi
			[[ $word != --home ]] || home=(--home "${COMP_WORDS[i]}")
		elif [[ -z $command ]]; then
			command=$word
		elif [[ -n ${_p11ca_argument["$command $word"]+set} ]]; then
			command+=" $word"
		fi
	done

	if [[ $cur == -* ]]; then
		_p11ca_offer < <(
			for key in "${!_p11ca_argument[@]}"; do
				[[ $key != "$command":* && $key != :* ]] ||
					printf '%s\n' "${key#*:}"
			done | sort -u
		)
	elif [[ -z $command ]]; then
		_p11ca_commands ''
	elif [[ -n ${_p11ca_argument["$command"]+set} ]]; then
		_p11ca_value "${_p11ca_argument["$command"]}"
	else
		_p11ca_commands "$command "
	fi
}

complete -F _p11ca p11ca
